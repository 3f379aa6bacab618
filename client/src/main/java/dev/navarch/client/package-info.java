/**
 * How every component but the API server speaks to the API: transports, typed resources, informers, work queues,
 * events and leader election.
 *
 * <p>Start reading at {@link dev.navarch.client.ApiClient}; a controller is made of {@link
 * dev.navarch.client.Informers}, a {@link dev.navarch.client.WorkQueue} and a {@link
 * dev.navarch.client.ControllerLoop}. Each informer owns one virtual thread, each loop one per worker, each event
 * recorder one; all other code runs on its caller's thread.
 */
@NullMarked
package dev.navarch.client;

import org.jspecify.annotations.NullMarked;

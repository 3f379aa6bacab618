/**
 * Which devices a claim gets: pools of devices as drivers publish them, what is in use, and the search for an allocation
 * on a node. Nothing here reads or writes the API; start with {@link dev.navarch.scheduler.devices.Allocator}. All of it
 * is used by the scheduler's thread, but for {@link dev.navarch.scheduler.devices.DevicesInUse}, which may be used by
 * any.
 *
 * <p>source: kubernetes staging/src/k8s.io/dynamic-resource-allocation/structured.
 */
@NullMarked
package dev.navarch.scheduler.devices;

import org.jspecify.annotations.NullMarked;

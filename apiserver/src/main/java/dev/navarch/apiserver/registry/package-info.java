/**
 * Verbs over resources: one generic mechanism in which a kind is a catalogue entry plus its rules. Start reading at
 * {@link dev.navarch.apiserver.registry.ResourceRegistry}.
 *
 * <p>Has no threads of its own but for the timers of {@link dev.navarch.apiserver.registry.KubernetesService}; requests
 * come on the callers' threads. All state is in the store, but for caches of it and the pools of service addresses.
 */
@NullMarked
package dev.navarch.apiserver.registry;

import org.jspecify.annotations.NullMarked;

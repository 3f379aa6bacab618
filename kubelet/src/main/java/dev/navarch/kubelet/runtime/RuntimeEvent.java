package dev.navarch.kubelet.runtime;

import java.time.Instant;

/**
 * Something happened to a container or a sandbox.
 *
 * @param id the container's or sandbox's id
 * @param podUid of the pod it belongs to; "" if the engine doesn't say
 */
public record RuntimeEvent(Type type, String id, String podUid, Instant at) {

    /** What happened. */
    public enum Type {
        CREATED,
        STARTED,
        STOPPED,
        DELETED
    }
}

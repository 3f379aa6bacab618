package dev.navarch.kubelet.runtime;

/** What a container is for, which says how long it is meant to run. Engines that start processes need not know. */
public enum Purpose {
    /** Runs until it is stopped: a main container of most pods. */
    SERVE,
    /** Runs until its work is done: a main container of a Job's pod. */
    COMPLETE,
    /** Runs until its work is done, and the pod's next container waits for that: an init container. */
    INITIALIZE,
    /** Runs beside the main containers until it is stopped: a sidecar, or an ephemeral container. */
    ACCOMPANY
}

package dev.navarch.kubelet.probes;

import io.fabric8.kubernetes.api.model.Container;

/** What the probes say of containers, by container id. */
public interface Health {

    /** The liveness probe has failed as often as its threshold allows. */
    boolean livenessFailed(String containerId);

    /** The startup probe has failed as often as its threshold allows. */
    boolean startupFailed(String containerId);

    /** A running container has started: its startup probe succeeded, or it has none. */
    boolean started(String containerId, Container spec);

    /** A running container is ready: started, and its readiness probe succeeded, or it has none. */
    boolean ready(String containerId, Container spec);
}

package dev.navarch.api;

/** How mature an API is; a server enables {@link #STABLE} ones and the others only when asked. */
public enum Level {
    STABLE,
    BETA,
    ALPHA,
    /** No longer served by Kubernetes 1.36; there are manifests that still use it. */
    REMOVED
}

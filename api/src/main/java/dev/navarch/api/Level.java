package dev.navarch.api;

/** How mature an API is; a server enables {@link #STABLE} ones and the others only when asked. */
public enum Level {
    STABLE,
    BETA,
    ALPHA
}

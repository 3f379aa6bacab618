package dev.navarch.apiserver.net;

/** The user event that tells a connection to end with what is under way. */
public enum Drain {
    EVENT
}

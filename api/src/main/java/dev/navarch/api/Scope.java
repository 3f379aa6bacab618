package dev.navarch.api;

/** Whether objects of a kind live in namespaces. */
public enum Scope {
    NAMESPACED,
    CLUSTER
}

package dev.navarch.kubelet.runtime;

/** Names a container in its sandbox; {@code attempt} is its restart count. */
public record ContainerMetadata(String name, int attempt) {}

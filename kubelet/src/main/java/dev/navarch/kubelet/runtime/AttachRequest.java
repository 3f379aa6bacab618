package dev.navarch.kubelet.runtime;

/** An attach to the first process of a container. {@code tty} must be what the container was created with. */
public record AttachRequest(String containerId, boolean stdin, boolean tty, boolean stdout, boolean stderr) {}

package dev.navarch.kubelet.runtime;

/** Names a sandbox: the pod's name, namespace and uid, and how many sandboxes the pod had before this one. */
public record SandboxMetadata(String name, String uid, String namespace, int attempt) {}

package dev.navarch.kubelet.runtime;

/** Whether a sandbox can hold containers. */
public enum SandboxState {
    READY,
    NOT_READY
}

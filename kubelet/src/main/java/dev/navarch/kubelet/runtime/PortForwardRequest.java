package dev.navarch.kubelet.runtime;

import java.util.List;

/** Forwarding into a sandbox; {@code ports} are those that WebSocket clients may ask for, and may be empty. */
public record PortForwardRequest(String sandboxId, List<Integer> ports) {

    public PortForwardRequest {
        ports = List.copyOf(ports);
    }
}

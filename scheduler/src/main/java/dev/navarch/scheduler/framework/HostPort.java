package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A port of the node that a container asks for.
 *
 * @param ip {@code 0.0.0.0} for all addresses
 */
public record HostPort(String ip, String protocol, int port) {
    private static final String ANY = "0.0.0.0";

    static List<HostPort> of(Pod pod) {
        var ports = new ArrayList<HostPort>(0);
        pod.getSpec().getContainers().forEach(container -> collect(container, ports));
        if (pod.getSpec().getInitContainers() != null) {
            pod.getSpec().getInitContainers().stream()
                    .filter(container -> "Always".equals(container.getRestartPolicy()))
                    .forEach(container -> collect(container, ports));
        }
        return List.copyOf(ports);
    }

    private static void collect(Container container, Collection<HostPort> into) {
        if (container.getPorts() == null) {
            return;
        }
        for (var port : container.getPorts()) {
            if (port.getHostPort() != null && port.getHostPort() > 0) {
                var ip = port.getHostIP();
                var protocol = port.getProtocol();
                into.add(new HostPort(
                        ip == null || ip.isEmpty() ? ANY : ip,
                        protocol == null || protocol.isEmpty() ? "TCP" : protocol,
                        port.getHostPort()));
            }
        }
    }

    public boolean conflictsWith(HostPort other) {
        return port == other.port
                && protocol.equals(other.protocol)
                && (ip.equals(ANY) || other.ip.equals(ANY) || ip.equals(other.ip));
    }
}

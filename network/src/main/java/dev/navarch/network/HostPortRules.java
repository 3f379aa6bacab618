package dev.navarch.network;

import dev.navarch.client.Key;
import dev.navarch.network.Fragment.Element;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Host ports: ports of the node that lead into one of its pods (behaviour: the CNI plugin portmap, which needs iptables and
 * chains that all clusters of a host would share).
 */
final class HostPortRules {
    static final String HOST_PORTS = "host-ports";
    static final String HOST_PORT_IPS = "host-port-ips";

    private HostPortRules() {}

    /** The rules of a pod; none while it has no address, and on the host's network. */
    static Fragment of(Pod pod) {
        var status = pod.getStatus();
        var spec = pod.getSpec();
        if (status == null
                || spec == null
                || Boolean.TRUE.equals(spec.getHostNetwork())
                || Set.of("Succeeded", "Failed").contains(Objects.requireNonNullElse(status.getPhase(), ""))
                || status.getPodIP() == null
                || !Ipv4.is(status.getPodIP())) {
            return Fragment.EMPTY;
        }
        var chains = new TreeMap<String, List<String>>();
        var elements = new TreeMap<Element, String>();
        for (var container : spec.getContainers()) {
            for (var port : container.getPorts()) {
                var protocol =
                        Objects.requireNonNullElse(port.getProtocol(), "TCP").toLowerCase(Locale.ROOT);
                if (port.getHostPort() == null
                        || port.getHostPort() <= 0
                        || port.getContainerPort() == null
                        || !List.of("tcp", "udp", "sctp").contains(protocol)) {
                    continue;
                }
                var name = "hostport-"
                        + ServiceRules.hash(
                                Key.of(pod) + "/" + protocol + "/" + port.getHostPort() + "/" + port.getHostIP());
                chains.put(
                        name,
                        List.of(
                                "ip saddr %s jump %s".formatted(status.getPodIP(), ServiceRules.MARK),
                                "meta l4proto %s dnat to %s:%s"
                                        .formatted(protocol, status.getPodIP(), port.getContainerPort())));
                var ip = Objects.requireNonNullElse(port.getHostIP(), "");
                var key = "%s . %s".formatted(protocol, port.getHostPort());
                var element = Ipv4.is(ip) && !ip.equals("0.0.0.0")
                        ? new Element(HOST_PORT_IPS, ip + " . " + key)
                        : new Element(HOST_PORTS, key);
                elements.put(element, "goto " + name);
            }
        }
        return new Fragment(chains, elements, new TreeMap<>(), Set.of());
    }
}

package dev.navarch.network;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A place where a service port is served (source: kubernetes pkg/proxy/endpointslicecache.go).
 *
 * @param local on this node
 * @param zones for which zones it is meant; empty if no hint was given
 * @param nodes for which nodes, likewise
 */
record Endpoint(
        String ip,
        int port,
        boolean ready,
        boolean serving,
        boolean terminating,
        boolean local,
        Set<String> zones,
        Set<String> nodes) {

    Endpoint {
        zones = Set.copyOf(zones);
        nodes = Set.copyOf(nodes);
    }

    String address() {
        return ip + ":" + port;
    }

    /** Ends, but still answers: better than nobody. */
    boolean lastResort() {
        return serving && terminating;
    }

    /** The endpoints of a port in the order of their addresses; of two with one address the ready one counts. */
    static List<Endpoint> of(ServicePort port, Collection<EndpointSlice> slices, String nodeName) {
        var byAddress = new TreeMap<String, Endpoint>();
        for (var slice : slices) {
            if (!"IPv4".equals(slice.getAddressType())) {
                continue;
            }
            for (var slicePort : slice.getPorts()) {
                var protocol = Objects.requireNonNullElse(slicePort.getProtocol(), "TCP");
                boolean same =
                        Objects.requireNonNullElse(slicePort.getName(), "").equals(port.name())
                                && protocol.equalsIgnoreCase(port.protocol());
                if (same && slicePort.getPort() != null) {
                    collect(slice, slicePort.getPort(), nodeName, byAddress);
                }
            }
        }
        return List.copyOf(byAddress.values());
    }

    private static void collect(EndpointSlice slice, int port, String nodeName, TreeMap<String, Endpoint> byAddress) {
        for (var endpoint : slice.getEndpoints()) {
            if (endpoint.getAddresses().isEmpty()
                    || !Ipv4.is(endpoint.getAddresses().getFirst())) {
                continue;
            }
            var conditions = endpoint.getConditions();
            boolean ready = conditions == null || isTrue(conditions.getReady(), true);
            boolean serving = conditions == null || isTrue(conditions.getServing(), ready);
            boolean terminating = conditions != null && isTrue(conditions.getTerminating(), false);
            var hints = endpoint.getHints();
            Set<String> zones = hints == null
                    ? Set.of()
                    : hints.getForZones().stream().map(z -> z.getName()).collect(Collectors.toSet());
            Set<String> nodes = hints == null
                    ? Set.of()
                    : hints.getForNodes().stream().map(n -> n.getName()).collect(Collectors.toSet());
            var one = new Endpoint(
                    endpoint.getAddresses().getFirst(),
                    port,
                    ready,
                    serving,
                    terminating,
                    nodeName.equals(endpoint.getNodeName()),
                    zones,
                    nodes);
            byAddress.merge(one.address(), one, (a, b) -> a.ready() ? a : b);
        }
    }

    private static boolean isTrue(@Nullable Boolean value, boolean unknown) {
        return value == null ? unknown : value;
    }
}

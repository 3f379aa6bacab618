package dev.navarch.network;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One port of a Service that the proxy has to serve, with the addresses it answers on (source: kubernetes
 * pkg/proxy/serviceport.go).
 *
 * @param protocol tcp, udp or sctp
 * @param nodePort 0 is none
 * @param sourceRanges who may use the load balancer addresses; empty is everybody
 * @param internalLocal cluster traffic goes to endpoints on this node only
 * @param externalLocal outside traffic goes to endpoints on this node only
 * @param affinitySeconds how long a client stays with its endpoint
 */
record ServicePort(
        Key service,
        String name,
        String protocol,
        String clusterIp,
        int port,
        int nodePort,
        List<String> externalIps,
        List<String> loadBalancerIps,
        List<String> sourceRanges,
        boolean internalLocal,
        boolean externalLocal,
        OptionalInt affinitySeconds) {
    private static final String OTHER_PROXY = "service.kubernetes.io/service-proxy-name";
    private static final int DEFAULT_AFFINITY_SECONDS = 10_800;

    ServicePort {
        externalIps = List.copyOf(externalIps);
        loadBalancerIps = List.copyOf(loadBalancerIps);
        sourceRanges = List.copyOf(sourceRanges);
    }

    /** The ports to serve; none for headless and external services and those of another proxy. */
    static List<ServicePort> of(Service service) {
        var spec = service.getSpec();
        var labels = service.getMetadata().getLabels();
        if (spec == null
                || (labels != null && labels.containsKey(OTHER_PROXY))
                || "ExternalName".equals(spec.getType())) {
            return List.of();
        }
        var clusterIp = Objects.requireNonNullElse(spec.getClusterIP(), "");
        if (!Ipv4.is(clusterIp)) {
            return List.of();
        }
        boolean outside = "NodePort".equals(spec.getType()) || "LoadBalancer".equals(spec.getType());
        var ports = new ArrayList<ServicePort>();
        for (var port : spec.getPorts()) {
            var protocol = Objects.requireNonNullElse(port.getProtocol(), "TCP").toLowerCase(Locale.ROOT);
            if (port.getPort() == null || !List.of("tcp", "udp", "sctp").contains(protocol)) {
                continue;
            }
            ports.add(new ServicePort(
                    Key.of(service),
                    Objects.requireNonNullElse(port.getName(), ""),
                    protocol,
                    clusterIp,
                    port.getPort(),
                    outside && port.getNodePort() != null ? port.getNodePort() : 0,
                    addresses(spec.getExternalIPs().stream()),
                    "LoadBalancer".equals(spec.getType()) ? ingress(service) : List.of(),
                    spec.getLoadBalancerSourceRanges().stream()
                            .map(String::strip)
                            .filter(Ipv4::isCidr)
                            .toList(),
                    "Local".equals(spec.getInternalTrafficPolicy()),
                    "Local".equals(spec.getExternalTrafficPolicy()),
                    affinity(service)));
        }
        return ports;
    }

    private static List<String> ingress(Service service) {
        var status = service.getStatus();
        if (status == null || status.getLoadBalancer() == null) {
            return List.of();
        }
        return addresses(status.getLoadBalancer().getIngress().stream()
                .filter(i -> i.getIpMode() == null || i.getIpMode().equals("VIP"))
                .map(LoadBalancerIngress::getIp));
    }

    private static List<String> addresses(Stream<@Nullable String> values) {
        return values.filter(Objects::nonNull)
                .filter(Ipv4::is)
                .distinct()
                .sorted()
                .toList();
    }

    private static OptionalInt affinity(Service service) {
        var spec = service.getSpec();
        if (!"ClientIP".equals(spec.getSessionAffinity())) {
            return OptionalInt.empty();
        }
        var config = spec.getSessionAffinityConfig();
        if (config == null
                || config.getClientIP() == null
                || config.getClientIP().getTimeoutSeconds() == null) {
            return OptionalInt.of(DEFAULT_AFFINITY_SECONDS);
        }
        return OptionalInt.of(config.getClientIP().getTimeoutSeconds());
    }

    /** Whether it has addresses other than the cluster's own. */
    boolean reachableFromOutside() {
        return nodePort != 0 || !externalIps.isEmpty() || !loadBalancerIps.isEmpty();
    }

    /** Traffic from this node's pods and the node itself to an outside address may use every endpoint. */
    boolean usesClusterEndpoints() {
        return !internalLocal || reachableFromOutside();
    }

    boolean usesLocalEndpoints() {
        return internalLocal || (externalLocal && reachableFromOutside());
    }

    /** All addresses but the node's own. */
    List<String> addresses() {
        return Stream.of(List.of(clusterIp), externalIps, loadBalancerIps)
                .flatMap(List::stream)
                .distinct()
                .toList();
    }
}

package dev.navarch.api.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a service has that is handed out from the cluster's ranges, and what it still needs. The registry allocates
 * between {@link KindRules#prepareForCreate} or {@link KindRules#prepareForUpdate} and validation, writes the results
 * into {@code spec}, and releases what an update or a delete gives up.
 *
 * <p>Source: kubernetes pkg/registry/core/service/storage/alloc.go.
 *
 * @param needsClusterIp whether an address must be chosen for {@code spec.clusterIP} and {@code clusterIPs}
 * @param portsWithoutNodePort indices in {@code spec.ports} for which a node port must be chosen
 * @param needsHealthCheckNodePort whether one must be chosen for {@code spec.healthCheckNodePort}
 * @param clusterIps the addresses that it has, which must be reserved; {@code None} is not one
 * @param nodePorts the node ports that it has, which must be reserved, the health check's among them
 */
public record ServiceAllocation(
        boolean needsClusterIp,
        List<Integer> portsWithoutNodePort,
        boolean needsHealthCheckNodePort,
        List<String> clusterIps,
        List<Integer> nodePorts) {
    private static final Set<String> WITH_CLUSTER_IP = Set.of("ClusterIP", "NodePort", "LoadBalancer");

    public ServiceAllocation {
        portsWithoutNodePort = List.copyOf(portsWithoutNodePort);
        clusterIps = List.copyOf(clusterIps);
        nodePorts = List.copyOf(nodePorts);
    }

    /** What a service, with defaults filled in, has and needs. */
    public static ServiceAllocation of(ObjectNode service) {
        At spec = At.root(service).at("spec");
        List<String> clusterIps = new ArrayList<>();
        for (At ip : spec.at("clusterIPs").items()) {
            if (!ip.isEmpty() && !ip.is("None")) {
                clusterIps.add(ip.text());
            }
        }
        boolean unset = spec.at("clusterIP").isEmpty() && spec.at("clusterIPs").isEmpty();
        List<Integer> without = new ArrayList<>();
        List<Integer> nodePorts = new ArrayList<>();
        List<At> ports = spec.at("ports").items();
        for (int i = 0; i < ports.size(); i++) {
            int nodePort = (int) ports.get(i).at("nodePort").number();
            if (nodePort != 0) {
                nodePorts.add(nodePort);
            } else if (usesNodePorts(spec)) {
                without.add(i);
            }
        }
        int healthCheck = (int) spec.at("healthCheckNodePort").number();
        if (healthCheck != 0) {
            nodePorts.add(healthCheck);
        }
        return new ServiceAllocation(
                usesClusterIp(spec) && unset,
                without,
                usesHealthCheckNodePort(spec) && healthCheck == 0,
                clusterIps,
                nodePorts.stream().distinct().toList());
    }

    static boolean usesClusterIp(At spec) {
        return WITH_CLUSTER_IP.contains(spec.at("type").text());
    }

    static boolean usesNodePorts(At spec) {
        if (spec.at("type").is("NodePort")) {
            return true;
        }
        At allocate = spec.at("allocateLoadBalancerNodePorts");
        return spec.at("type").is("LoadBalancer") && (!allocate.isSet() || allocate.isTrue());
    }

    static boolean usesHealthCheckNodePort(At spec) {
        return spec.at("type").is("LoadBalancer")
                && spec.at("externalTrafficPolicy").is("Local");
    }
}

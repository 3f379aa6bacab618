package dev.navarch.network;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Who may get the traffic of a service port on this node. Ready endpoints do; where there are none, those that are
 * terminating but still serve (source: kubernetes pkg/proxy/topology.go, CategorizeEndpoints; KEP-1669).
 *
 * @param cluster for traffic that may go anywhere
 * @param local for traffic that must stay on the node
 * @param any whether anybody in the cluster could be reached, be it not from here
 */
record EndpointChoice(List<Endpoint> cluster, List<Endpoint> local, boolean any) {

    EndpointChoice {
        cluster = List.copyOf(cluster);
        local = List.copyOf(local);
    }

    static EndpointChoice of(ServicePort port, List<Endpoint> all, String nodeName, String zone) {
        List<Endpoint> cluster = List.of();
        if (port.usesClusterEndpoints()) {
            var near = near(all, nodeName, zone);
            cluster = readyOrLastResort(all, e -> true, near);
        }
        List<Endpoint> local = List.of();
        if (port.usesLocalEndpoints()) {
            local = readyOrLastResort(all, Endpoint::local, Endpoint::local);
        }
        boolean any = !cluster.isEmpty() || all.stream().anyMatch(e -> e.ready() || e.lastResort());
        return new EndpointChoice(cluster, local, any);
    }

    private static List<Endpoint> readyOrLastResort(
            List<Endpoint> all, Predicate<Endpoint> eligible, Predicate<Endpoint> preferred) {
        var ready = all.stream().filter(Endpoint::ready).filter(preferred).toList();
        return ready.isEmpty()
                ? all.stream().filter(Endpoint::lastResort).filter(eligible).toList()
                : ready;
    }

    /** Hints are followed if every ready endpoint has one and at least one is for us; those for nodes come first. */
    private static Predicate<Endpoint> near(List<Endpoint> all, String nodeName, String zone) {
        var ready = all.stream().filter(Endpoint::ready).toList();
        if (followable(ready.stream().map(Endpoint::nodes).toList(), nodeName)) {
            return e -> e.nodes().contains(nodeName);
        }
        if (followable(ready.stream().map(Endpoint::zones).toList(), zone)) {
            return e -> e.zones().contains(zone);
        }
        return e -> true;
    }

    private static boolean followable(List<java.util.Set<String>> hints, String here) {
        return hints.stream().noneMatch(java.util.Set::isEmpty)
                && hints.stream().anyMatch(h -> h.contains(here));
    }

    /** Everybody whom a packet may reach from here. */
    List<Endpoint> reachable() {
        return Stream.concat(cluster.stream(), local.stream())
                .distinct()
                .sorted(java.util.Comparator.comparing(Endpoint::address))
                .toList();
    }
}

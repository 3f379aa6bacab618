package dev.navarch.controllers.endpointslice;

import dev.navarch.client.ControllerRef;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.ServicePods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From a service, its pods and the slices that exist to the writes that are needed, as few as possible. source:
 * kubernetes staging/src/k8s.io/endpointslice (reconciler.go, utils.go).
 */
final class EndpointSlicePlan {
    static final int LARGEST = 100;
    static final String SERVICE = "kubernetes.io/service-name";
    static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
    static final String CONTROLLER = "endpointslice-controller.k8s.io";

    /**
     * Slices to create are without a name; slices to update carry the version that was seen.
     *
     * @param topology by address type, what came of hints by topology where they are wanted: empty if there are some, and
     *     otherwise why there are none
     */
    record Writes(
            List<EndpointSlice> create,
            List<EndpointSlice> update,
            List<EndpointSlice> delete,
            Map<String, Optional<String>> topology) {}

    private record Group(String addressType, List<EndpointPort> ports) {}

    private final Service service;
    private final List<Pod> pods;
    private final Function<String, Optional<String>> zoneOfNode;
    private final Optional<TopologyHints> topology;

    /** @param topology how to make hints, if the service wants them by topology */
    EndpointSlicePlan(
            Service service,
            List<Pod> pods,
            Function<String, Optional<String>> zoneOfNode,
            Optional<TopologyHints> topology) {
        this.service = service;
        this.pods = pods;
        this.zoneOfNode = zoneOfNode;
        this.topology = topology;
    }

    Writes against(List<EndpointSlice> existing) {
        var writes = new Writes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new LinkedHashMap<>());
        var desired = desired();
        Map<Group, List<EndpointSlice>> present = new LinkedHashMap<>();
        for (var slice : existing) {
            if (Pods.isDeleting(slice)) {
                continue;
            }
            var group = new Group(slice.getAddressType(), ports(slice));
            present.computeIfAbsent(group, _ -> new ArrayList<>()).add(slice);
        }
        desired.forEach((group, endpoints) -> fill(group, endpoints, present.getOrDefault(group, List.of()), writes));
        for (var addressType : addressTypes()) {
            placeholder(addressType, desired, present, writes);
        }
        present.forEach((group, slices) -> {
            if (!desired.containsKey(group) && !isPlaceholder(group, desired)) {
                writes.delete.addAll(slices);
            }
        });
        topology.ifPresent(hints -> addressTypes().forEach(type -> hint(hints, type, existing, writes)));
        return writes;
    }

    private static void hint(TopologyHints hints, String addressType, List<EndpointSlice> existing, Writes writes) {
        Predicate<EndpointSlice> concerned = slice -> addressType.equals(slice.getAddressType());
        var touched = Stream.concat(writes.update.stream(), writes.delete.stream())
                .map(slice -> slice.getMetadata().getName())
                .collect(Collectors.toSet());
        var written = Stream.concat(writes.create.stream(), writes.update.stream())
                .filter(concerned)
                .toList();
        var kept = existing.stream()
                .filter(concerned)
                .filter(slice -> !Pods.isDeleting(slice)
                        && !touched.contains(slice.getMetadata().getName()))
                .toList();
        var outcome = hints.assign(written, kept);
        writes.update.addAll(outcome.changed());
        writes.topology.put(addressType, outcome.missing());
    }

    /** A service without endpoints has one empty slice of each address type, so that it can be told from no service. */
    private void placeholder(
            String addressType,
            Map<Group, List<Endpoint>> desired,
            Map<Group, List<EndpointSlice>> present,
            Writes writes) {
        var group = new Group(addressType, List.of());
        if (desired.keySet().stream().anyMatch(g -> g.addressType.equals(addressType))) {
            return;
        }
        var slices = present.getOrDefault(group, List.of());
        if (slices.isEmpty()) {
            writes.create.add(slice(group, List.of()));
            return;
        }
        keepOrUpdate(slices.getFirst(), List.of(), writes);
        writes.delete.addAll(slices.subList(1, slices.size()));
    }

    private boolean isPlaceholder(Group group, Map<Group, List<Endpoint>> desired) {
        return group.ports.isEmpty()
                && addressTypes().contains(group.addressType)
                && desired.keySet().stream().noneMatch(g -> g.addressType.equals(group.addressType));
    }

    private static List<EndpointPort> ports(EndpointSlice slice) {
        return slice.getPorts() == null ? List.of() : sorted(slice.getPorts());
    }

    private static List<EndpointPort> sorted(List<EndpointPort> ports) {
        return ports.stream()
                .sorted(Comparator.comparing((EndpointPort p) -> String.valueOf(p.getName()))
                        .thenComparing(p -> String.valueOf(p.getProtocol()))
                        .thenComparing(p -> p.getPort() == null ? 0 : p.getPort()))
                .toList();
    }

    private List<String> addressTypes() {
        var families = service.getSpec().getIpFamilies();
        return families == null || families.isEmpty() ? List.of("IPv4") : families;
    }

    private Map<Group, List<Endpoint>> desired() {
        Map<Group, List<Endpoint>> desired = new LinkedHashMap<>();
        for (var pod : pods) {
            if (!ServicePods.isReachable(pod)) {
                continue;
            }
            var ports = ports(pod);
            for (var addressType : addressTypes()) {
                var address = address(pod, addressType);
                if (address.isPresent()) {
                    desired.computeIfAbsent(new Group(addressType, ports), _ -> new ArrayList<>())
                            .add(endpoint(pod, address.get()));
                }
            }
        }
        return desired;
    }

    private List<EndpointPort> ports(Pod pod) {
        List<EndpointPort> ports = new ArrayList<>();
        if (service.getSpec().getPorts() != null) {
            for (var port : service.getSpec().getPorts()) {
                ServicePods.port(pod, port)
                        .ifPresent(number -> ports.add(new EndpointPortBuilder()
                                .withName(Objects.requireNonNullElse(port.getName(), ""))
                                .withPort(number)
                                .withProtocol(Objects.requireNonNullElse(port.getProtocol(), "TCP"))
                                .withAppProtocol(port.getAppProtocol())
                                .build()));
            }
        }
        return sorted(ports);
    }

    private static Optional<String> address(Pod pod, String addressType) {
        boolean six = addressType.equals("IPv6");
        var ips = pod.getStatus().getPodIPs();
        if (ips != null && !ips.isEmpty()) {
            return ips.stream()
                    .map(ip -> ip.getIp())
                    .filter(ip -> ip != null && ip.contains(":") == six)
                    .findFirst();
        }
        return Optional.of(pod.getStatus().getPodIP()).filter(ip -> ip.contains(":") == six);
    }

    private Endpoint endpoint(Pod pod, String address) {
        boolean serving = Pods.isReady(pod);
        boolean terminating = Pods.isDeleting(pod);
        boolean ready = ServicePods.publishesNotReady(service) || serving && !terminating;
        var node = Pods.nodeName(pod);
        var hostname = pod.getSpec().getHostname();
        boolean named = hostname != null
                && !hostname.isEmpty()
                && service.getMetadata().getName().equals(pod.getSpec().getSubdomain());
        var zone = node.isEmpty() ? Optional.<String>empty() : zoneOfNode.apply(node);
        return new EndpointBuilder()
                .withAddresses(address)
                .withNewConditions()
                .withReady(ready)
                .withServing(serving)
                .withTerminating(terminating)
                .endConditions()
                .withNodeName(node.isEmpty() ? null : node)
                .withZone(zone.orElse(null))
                .withHints(ready && topology.isEmpty() ? TrafficDistribution.hints(service, node, zone) : null)
                .withHostname(named ? hostname : null)
                .withNewTargetRef()
                .withKind("Pod")
                .withNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endTargetRef()
                .build();
    }

    /** Keeps endpoints where they are; puts new ones where a write is needed anyway; opens slices last. */
    private void fill(Group group, List<Endpoint> desired, List<EndpointSlice> slices, Writes writes) {
        Map<String, Endpoint> missing = new LinkedHashMap<>();
        desired.forEach(e -> missing.put(identity(e), e));
        Map<EndpointSlice, List<Endpoint>> kept = new LinkedHashMap<>();
        List<EndpointSlice> changed = new ArrayList<>();
        for (var slice : slices) {
            List<Endpoint> next = new ArrayList<>();
            var now = slice.getEndpoints() == null ? List.<Endpoint>of() : slice.getEndpoints();
            for (var endpoint : now) {
                var wanted = missing.remove(identity(endpoint));
                if (wanted != null) {
                    next.add(wanted);
                }
            }
            kept.put(slice, next);
            if (!isSame(next, now) || !isLabeled(slice)) {
                changed.add(slice);
            }
        }
        var rest = new ArrayList<>(missing.values());
        for (var slice : changed) {
            take(rest, kept.get(slice));
        }
        kept.keySet().stream()
                .filter(s -> !changed.contains(s) && !rest.isEmpty())
                .filter(s -> kept.get(s).size() + rest.size() <= LARGEST)
                .max(Comparator.comparingInt(s -> kept.get(s).size()))
                .ifPresent(s -> take(rest, kept.get(s)));
        boolean others = !rest.isEmpty() || kept.values().stream().anyMatch(l -> !l.isEmpty());
        kept.forEach((slice, endpoints) -> {
            if (endpoints.isEmpty() && others) {
                writes.delete.add(slice);
            } else {
                keepOrUpdate(slice, endpoints, writes);
            }
        });
        while (!rest.isEmpty()) {
            List<Endpoint> endpoints = new ArrayList<>();
            take(rest, endpoints);
            writes.create.add(slice(group, endpoints));
        }
    }

    private static void take(List<Endpoint> from, List<Endpoint> into) {
        while (!from.isEmpty() && into.size() < LARGEST) {
            into.add(from.removeFirst());
        }
    }

    private static String identity(Endpoint endpoint) {
        var ref = endpoint.getTargetRef();
        return endpoint.getAddresses() + "/" + (ref == null ? "" : ref.getUid());
    }

    private void keepOrUpdate(EndpointSlice slice, List<Endpoint> endpoints, Writes writes) {
        var now = slice.getEndpoints() == null ? List.<Endpoint>of() : slice.getEndpoints();
        if (isSame(endpoints, now) && isLabeled(slice)) {
            return;
        }
        writes.update.add(new EndpointSliceBuilder(slice)
                .editMetadata()
                .withLabels(labels())
                .withAnnotations(annotations(slice))
                .withOwnerReferences(ControllerRef.to(service))
                .endMetadata()
                .withEndpoints(endpoints)
                .build());
    }

    /** Hints by topology are a matter of all slices, and looked at in the end. */
    private boolean isSame(List<Endpoint> wanted, List<Endpoint> now) {
        return topology.isEmpty()
                ? wanted.equals(now)
                : wanted.equals(now.stream()
                        .map(e -> new EndpointBuilder(e).withHints(null).build())
                        .toList());
    }

    private boolean isLabeled(EndpointSlice slice) {
        return labels().equals(slice.getMetadata().getLabels()) && ControllerRef.isControlledBy(slice, service);
    }

    private EndpointSlice slice(Group group, List<Endpoint> endpoints) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(service.getMetadata().getNamespace())
                .withGenerateName(service.getMetadata().getName() + "-")
                .withLabels(labels())
                .withAnnotations(annotations(null))
                .withOwnerReferences(ControllerRef.to(service))
                .endMetadata()
                .withAddressType(group.addressType)
                .withPorts(group.ports)
                .withEndpoints(endpoints)
                .build();
    }

    /** The service's own, and what ties the slice to it. */
    private Map<String, String> labels() {
        Map<String, String> labels = new HashMap<>();
        if (service.getMetadata().getLabels() != null) {
            labels.putAll(service.getMetadata().getLabels());
        }
        if (ServicePods.isHeadless(service)) {
            labels.put(ServicePods.HEADLESS, "");
        } else {
            labels.remove(ServicePods.HEADLESS);
        }
        labels.put(SERVICE, service.getMetadata().getName());
        labels.put(MANAGED_BY, CONTROLLER);
        return labels;
    }

    private Map<String, String> annotations(@org.jspecify.annotations.Nullable EndpointSlice slice) {
        Map<String, String> annotations = new HashMap<>();
        if (slice != null && slice.getMetadata().getAnnotations() != null) {
            annotations.putAll(slice.getMetadata().getAnnotations());
        }
        annotations.remove(ServicePods.TRIGGER_TIME);
        ServicePods.triggerTime(service, pods)
                .ifPresent(
                        t -> annotations.put(ServicePods.TRIGGER_TIME, dev.navarch.api.values.Timestamps.seconds(t)));
        return annotations;
    }
}

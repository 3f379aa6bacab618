package dev.navarch.controllers.endpoints;

import dev.navarch.api.values.Timestamps;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.ServicePods;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointAddressBuilder;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.EndpointSubsetBuilder;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** What the Endpoints of a service say. source: kubernetes pkg/controller/endpoint/endpoints_controller.go. */
final class EndpointsPlan {
    private static final int LARGEST = 1000;
    private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
    private static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";
    private static final String MANAGER = "endpoint-controller";

    private EndpointsPlan() {}

    /** Whether the controller made these. */
    static boolean isOurs(Endpoints endpoints) {
        var labels = endpoints.getMetadata().getLabels();
        return labels != null && MANAGER.equals(labels.get(MANAGED_BY));
    }

    private record Sides(List<EndpointPort> ports, List<EndpointAddress> ready, List<EndpointAddress> notReady) {}

    /** The object to write, or empty if the present one says it already. */
    static Optional<Endpoints> next(Service service, List<Pod> pods, Optional<Endpoints> present) {
        var subsets = subsets(service, pods);
        boolean truncated = truncate(subsets);
        var labels = labels(service);
        var now = present.map(Endpoints::getSubsets).orElse(null);
        if (present.isPresent()
                && (now == null ? List.of() : now).equals(subsets)
                && labels.equals(present.get().getMetadata().getLabels())) {
            return Optional.empty();
        }
        Map<String, String> annotations = new HashMap<>();
        present.map(e -> e.getMetadata().getAnnotations()).ifPresent(annotations::putAll);
        annotations.remove(OVER_CAPACITY);
        if (truncated) {
            annotations.put(OVER_CAPACITY, "truncated");
        }
        ServicePods.triggerTime(service, pods)
                .ifPresent(t -> annotations.put(ServicePods.TRIGGER_TIME, Timestamps.seconds(t)));
        return Optional.of(present.map(EndpointsBuilder::new)
                .orElseGet(EndpointsBuilder::new)
                .editOrNewMetadata()
                .withNamespace(service.getMetadata().getNamespace())
                .withName(service.getMetadata().getName())
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .withSubsets(subsets)
                .build());
    }

    private static Map<String, String> labels(Service service) {
        Map<String, String> labels = new HashMap<>();
        if (service.getMetadata().getLabels() != null) {
            labels.putAll(service.getMetadata().getLabels());
        }
        if (ServicePods.isHeadless(service)) {
            labels.put(ServicePods.HEADLESS, "");
        } else {
            labels.remove(ServicePods.HEADLESS);
        }
        labels.put(MANAGED_BY, MANAGER);
        return labels;
    }

    /** One subset for each combination of ports, in a stable order. */
    private static List<EndpointSubset> subsets(Service service, List<Pod> pods) {
        Map<String, Sides> groups = new TreeMap<>();
        for (var pod : pods) {
            boolean lenient = ServicePods.publishesNotReady(service);
            if (!ServicePods.isReachable(pod) || Pods.isDeleting(pod) && !lenient) {
                continue;
            }
            var ports = ports(service, pod);
            if (ports.isEmpty() && !(ServicePods.isHeadless(service) && hasNoPorts(service))) {
                continue;
            }
            var sides = groups.computeIfAbsent(
                    ports.toString(), _ -> new Sides(ports, new ArrayList<>(), new ArrayList<>()));
            (lenient || Pods.isReady(pod) ? sides.ready : sides.notReady).add(address(service, pod));
        }
        var order = Comparator.comparing(EndpointAddress::getIp);
        List<EndpointSubset> subsets = new ArrayList<>();
        for (var sides : groups.values()) {
            sides.ready.sort(order);
            sides.notReady.sort(order);
            subsets.add(new EndpointSubsetBuilder()
                    .withAddresses(sides.ready)
                    .withNotReadyAddresses(sides.notReady)
                    .withPorts(sides.ports)
                    .build());
        }
        return subsets;
    }

    private static boolean hasNoPorts(Service service) {
        return service.getSpec().getPorts() == null
                || service.getSpec().getPorts().isEmpty();
    }

    private static List<EndpointPort> ports(Service service, Pod pod) {
        List<EndpointPort> ports = new ArrayList<>();
        if (service.getSpec().getPorts() != null) {
            for (var port : service.getSpec().getPorts()) {
                var name = port.getName();
                ServicePods.port(pod, port)
                        .ifPresent(number -> ports.add(new EndpointPortBuilder()
                                .withName(name == null || name.isEmpty() ? null : name)
                                .withPort(number)
                                .withProtocol(Objects.requireNonNullElse(port.getProtocol(), "TCP"))
                                .withAppProtocol(port.getAppProtocol())
                                .build()));
            }
        }
        ports.sort(Comparator.comparing((EndpointPort p) -> String.valueOf(p.getName()))
                .thenComparing(EndpointPort::getPort));
        return ports;
    }

    private static EndpointAddress address(Service service, Pod pod) {
        var hostname = pod.getSpec().getHostname();
        boolean named = hostname != null
                && !hostname.isEmpty()
                && service.getMetadata().getName().equals(pod.getSpec().getSubdomain());
        var node = Pods.nodeName(pod);
        return new EndpointAddressBuilder()
                .withIp(pod.getStatus().getPodIP())
                .withNodeName(node.isEmpty() ? null : node)
                .withHostname(named ? hostname : null)
                .withNewTargetRef()
                .withKind("Pod")
                .withNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endTargetRef()
                .build();
    }

    /** Cuts to the largest size, ready addresses staying before others. */
    private static boolean truncate(List<EndpointSubset> subsets) {
        int room = LARGEST;
        boolean cut = false;
        for (var subset : subsets) {
            var ready = subset.getAddresses();
            var kept = ready.subList(0, Math.min(room, ready.size()));
            room -= kept.size();
            cut |= kept.size() < ready.size();
            subset.setAddresses(new ArrayList<>(kept));
        }
        for (var subset : subsets) {
            var others = subset.getNotReadyAddresses();
            var kept = others.subList(0, Math.min(room, others.size()));
            room -= kept.size();
            cut |= kept.size() < others.size();
            subset.setNotReadyAddresses(new ArrayList<>(kept));
        }
        subsets.removeIf(
                s -> s.getAddresses().isEmpty() && s.getNotReadyAddresses().isEmpty());
        return cut;
    }
}

package dev.navarch.controllers.endpointslicemirroring;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.Key;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.ServicePods;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From Endpoints and the slices that mirror them to the writes that are needed: one slice for each set of ports and
 * family of addresses. source: kubernetes pkg/controller/endpointslicemirroring (reconciler.go, utils.go).
 */
final class MirroringPlan {
    /** Of the addresses of one subset. */
    static final int LARGEST = 1000;

    private static final String SERVICE = "kubernetes.io/service-name";
    private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
    private static final String CONTROLLER = "endpointslicemirroring-controller.k8s.io";
    private static final String SKIP = "endpointslice.kubernetes.io/skip-mirror";
    private static final String LEADER = "control-plane.alpha.kubernetes.io/leader";
    private static final String APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
    private static final int LONGEST_PREFIX = 253;

    /**
     * Slices to create are without a name; slices to update carry the version that was seen.
     *
     * @param skipped of all addresses
     * @param invalid of those skipped, which are none
     */
    record Writes(
            List<EndpointSlice> create,
            List<EndpointSlice> update,
            List<EndpointSlice> delete,
            int skipped,
            int invalid) {}

    private record Group(String addressType, List<EndpointPort> ports) {
        static Group of(EndpointSlice slice) {
            return new Group(slice.getAddressType(), sorted(orNone(slice.getPorts())));
        }

        private static List<EndpointPort> sorted(List<EndpointPort> ports) {
            return ports.stream()
                    .sorted(Comparator.comparing((EndpointPort p) -> String.valueOf(p.getName()))
                            .thenComparing(p -> String.valueOf(p.getProtocol()))
                            .thenComparing(p -> p.getPort() == null ? 0 : p.getPort()))
                    .toList();
        }
    }

    private final Endpoints endpoints;
    private final Map<Group, Set<Endpoint>> desired = new LinkedHashMap<>();
    private int skipped;
    private int invalid;

    MirroringPlan(Endpoints endpoints) {
        this.endpoints = endpoints;
        orNone(endpoints.getSubsets()).forEach(this::add);
    }

    /** The Endpoints that a slice mirrors; empty for slices that others manage. */
    static Optional<Key> mirrored(EndpointSlice slice) {
        var labels = orNone(slice.getMetadata().getLabels());
        return CONTROLLER.equals(labels.get(MANAGED_BY)) && labels.containsKey(SERVICE)
                ? Optional.of(new Key(slice.getMetadata().getNamespace(), labels.get(SERVICE)))
                : Optional.empty();
    }

    /** Not those that ask to be left alone, as the API server's own do, and not those that are an old kind of lock. */
    static boolean isToMirror(Endpoints endpoints) {
        var meta = endpoints.getMetadata();
        return !"true".equals(orNone(meta.getLabels()).get(SKIP))
                && !orNone(meta.getAnnotations()).containsKey(LEADER);
    }

    Writes against(List<EndpointSlice> existing) {
        List<EndpointSlice> create = new ArrayList<>();
        List<EndpointSlice> update = new ArrayList<>();
        Map<Group, List<EndpointSlice>> present = existing.stream()
                .filter(s -> !Pods.isDeleting(s))
                .collect(Collectors.groupingBy(Group::of, LinkedHashMap::new, Collectors.toCollection(ArrayList::new)));
        desired.forEach((group, all) -> {
            var wanted = slice(group, all.stream().limit(LARGEST).toList());
            var slices = present.get(group);
            if (slices == null) {
                create.add(wanted);
            } else {
                var kept = slices.removeFirst();
                if (!isSame(kept, wanted)) {
                    update.add(onto(kept, wanted));
                }
            }
        });
        List<EndpointSlice> delete =
                present.values().stream().flatMap(List::stream).collect(Collectors.toCollection(ArrayList::new));
        create.removeIf(wanted -> recycle(wanted, delete, update));
        return new Writes(create, update, delete, skipped, invalid);
    }

    private void add(EndpointSubset subset) {
        var ports = orNone(subset.getPorts()).stream()
                .map(p -> new EndpointPortBuilder()
                        .withName(Objects.requireNonNullElse(p.getName(), ""))
                        .withPort(p.getPort())
                        .withProtocol(p.getProtocol())
                        .withAppProtocol(p.getAppProtocol())
                        .build())
                .toList();
        var room = LARGEST - add(subset.getAddresses(), true, ports, LARGEST);
        add(subset.getNotReadyAddresses(), false, ports, room);
    }

    /** Adds no more addresses than there is room for, and tells how many. */
    private int add(@Nullable List<EndpointAddress> addresses, boolean ready, List<EndpointPort> ports, int room) {
        int added = 0;
        for (var address : orNone(addresses)) {
            var ip = added < room ? parse(address.getIp()) : null;
            if (ip == null) {
                skipped++;
                invalid += added < room ? 1 : 0;
                continue;
            }
            var group = new Group(ip instanceof Inet4Address ? "IPv4" : "IPv6", Group.sorted(ports));
            desired.computeIfAbsent(group, _ -> new LinkedHashSet<>()).add(endpoint(address, ready));
            added++;
        }
        return added;
    }

    private static @Nullable InetAddress parse(@Nullable String ip) {
        try {
            return ip == null ? null : InetAddress.ofLiteral(ip);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static Endpoint endpoint(EndpointAddress address, boolean ready) {
        var hostname = address.getHostname();
        return new EndpointBuilder()
                .withAddresses(address.getIp())
                .withNewConditions()
                .withReady(ready)
                .endConditions()
                .withTargetRef(address.getTargetRef())
                .withNodeName(address.getNodeName())
                .withHostname(hostname == null || hostname.isEmpty() ? null : hostname)
                .build();
    }

    private EndpointSlice slice(Group group, List<Endpoint> all) {
        var name = endpoints.getMetadata().getName();
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(endpoints.getMetadata().getNamespace())
                .withGenerateName(name.length() < LONGEST_PREFIX ? name + "-" : name)
                .withLabels(labels())
                .withAnnotations(annotations())
                .withOwnerReferences(ControllerRef.to(endpoints))
                .endMetadata()
                .withAddressType(group.addressType)
                .withPorts(group.ports)
                .withEndpoints(all)
                .build();
    }

    private Map<String, String> labels() {
        Map<String, String> labels =
                new HashMap<>(orNone(endpoints.getMetadata().getLabels()));
        labels.put(SERVICE, endpoints.getMetadata().getName());
        labels.put(MANAGED_BY, CONTROLLER);
        return labels;
    }

    private Map<String, String> annotations() {
        Map<String, String> annotations =
                new HashMap<>(orNone(endpoints.getMetadata().getAnnotations()));
        annotations.remove(ServicePods.TRIGGER_TIME);
        annotations.remove(APPLIED);
        return annotations;
    }

    private static boolean isSame(EndpointSlice slice, EndpointSlice wanted) {
        return byAddress(slice).equals(byAddress(wanted))
                && orNone(slice.getMetadata().getLabels())
                        .equals(wanted.getMetadata().getLabels())
                && orNone(slice.getMetadata().getAnnotations())
                        .equals(wanted.getMetadata().getAnnotations());
    }

    private static Map<List<String>, List<Endpoint>> byAddress(EndpointSlice slice) {
        return orNone(slice.getEndpoints()).stream()
                .collect(Collectors.groupingBy(Endpoint::getAddresses, HashMap::new, Collectors.toList()));
    }

    /** Makes an update of one that is to be created and one that is to go. */
    private static boolean recycle(EndpointSlice wanted, List<EndpointSlice> delete, List<EndpointSlice> update) {
        var old = delete.stream()
                .filter(s -> s.getAddressType().equals(wanted.getAddressType()))
                .findFirst();
        old.ifPresent(s -> {
            delete.remove(s);
            update.add(onto(s, wanted));
        });
        return old.isPresent();
    }

    private static EndpointSlice onto(EndpointSlice old, EndpointSlice wanted) {
        return new EndpointSliceBuilder(old)
                .editMetadata()
                .withLabels(wanted.getMetadata().getLabels())
                .withAnnotations(wanted.getMetadata().getAnnotations())
                .withOwnerReferences(wanted.getMetadata().getOwnerReferences())
                .endMetadata()
                .withPorts(wanted.getPorts())
                .withEndpoints(wanted.getEndpoints())
                .build();
    }

    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static Map<String, String> orNone(@Nullable Map<String, String> map) {
        return map == null ? Map.of() : map;
    }
}

package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Store;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Cluster addresses and node ports of services. Where this server alone writes to the store, the services are the only
 * record of what is held, and the pools are built from them when the server starts; otherwise what is held is in the
 * store too, and held against the services from time to time (source: kubernetes pkg/registry/core/service/storage/alloc.go and storage.go,
 * patchAllocatedValues; pkg/registry/core/service/strategy.go, dropTypeDependentFields).
 */
final class ServiceAddresses implements KindHook {
    private static final int FIRST_PORT = 30_000;
    private static final int LAST_PORT = 32_767;
    private static final NumberRange PORTS = new NumberRange(LAST_PORT - FIRST_PORT + 1);
    private static final String HEADLESS = "None";

    private final Ipv4Cidr cidr;
    private final AddressPools addresses;
    private final Numbers ports;
    private final ServiceAddressObjects shown;

    private ServiceAddresses(Ipv4Cidr cidr, AddressPools addresses, Numbers ports, ServiceAddressObjects shown) {
        this.cidr = cidr;
        this.shown = shown;
        this.addresses = addresses;
        this.ports = ports;
    }

    /** For a server that is alone; services that are there are read at once. */
    static ServiceAddresses local(Ipv4Cidr cidr, RandomGenerator random, Objects objects, ServiceAddressObjects shown) {
        var ports = new LocalNumbers(PORTS, random);
        neededPorts(objects.list("", "services", "")).stream().forEach(ports::take);
        return new ServiceAddresses(cidr, AddressPools.local(cidr, random, objects), ports, shown);
    }

    /** For servers that share a store; {@link #repair} follows. */
    static ServiceAddresses shared(
            Ipv4Cidr cidr, RandomGenerator random, Store store, Objects objects, ServiceAddressObjects shown) {
        return new ServiceAddresses(
                cidr,
                AddressPools.shared(cidr, random, store, objects),
                new SharedNumbers(PORTS, random, store, "servicenodeports"),
                shown);
    }

    /** Holds what is taken against what these services, which are all, need. */
    void repair(List<ObjectNode> services) {
        addresses.repair(services);
        if (ports instanceof SharedNumbers shared) {
            shared.repair(neededPorts(services));
        }
        shown.repair();
    }

    private static BitSet neededPorts(List<ObjectNode> services) {
        var needed = new BitSet(PORTS.size());
        for (var service : services) {
            for (int port : heldPorts(service)) {
                if (port >= FIRST_PORT && port <= LAST_PORT) {
                    needed.set(port - FIRST_PORT);
                }
            }
        }
        return needed;
    }

    /** The address of the API server's own service: the first of the block. */
    String firstAddress() {
        return cidr.at(1);
    }

    @Override
    public Reservation creating(ObjectNode now) {
        var taking = new Taking(now);
        try {
            allocate(now, List.of(), List.of(), taking);
            return taking;
        } catch (ApiFailure e) {
            taking.rollBack();
            throw e;
        }
    }

    @Override
    public Reservation updating(ObjectNode now, ObjectNode old) {
        keepAllocated(now, old);
        dropForeignFields(now, old);
        var taking = new Taking(now);
        try {
            var held = heldAddresses(old);
            var heldPorts = heldPorts(old);
            var keeps = new ArrayList<>(held);
            if (needsAddress(now) && needsAddress(old)) {
                keeps.addAll(heldAddresses(now)); // another than it had is for validation to refuse, free or not
            }
            allocate(now, keeps, heldPorts, taking);
            taking.releaseAddresses.addAll(held);
            taking.releaseAddresses.removeAll(heldAddresses(now));
            taking.releasePorts.addAll(heldPorts);
            taking.releasePorts.removeAll(heldPorts(now));
            return taking;
        } catch (ApiFailure e) {
            taking.rollBack();
            throw e;
        }
    }

    @Override
    public void deleted(ObjectNode last) {
        shown.release(last, heldAddresses(last));
        heldAddresses(last).forEach(this::release);
        heldPorts(last).forEach(this::release);
    }

    private static String type(ObjectNode service) {
        var type = Tree.text(service, "spec", "type");
        return type.isEmpty() ? "ClusterIP" : type;
    }

    static List<String> heldAddresses(ObjectNode service) {
        List<String> held = new ArrayList<>(Tree.strings(service, "spec", "clusterIPs"));
        var single = Tree.text(service, "spec", "clusterIP");
        if (held.isEmpty() && !single.isEmpty()) {
            held.add(single);
        }
        held.removeIf(a -> a.isEmpty() || a.equals(HEADLESS));
        return held;
    }

    private static List<Integer> heldPorts(ObjectNode service) {
        List<Integer> held = new ArrayList<>();
        for (var port : Tree.objects(service, "spec", "ports")) {
            int number = (int) Tree.number(port, 0, "nodePort");
            if (number != 0 && !held.contains(number)) {
                held.add(number);
            }
        }
        int health = (int) Tree.number(service, 0, "spec", "healthCheckNodePort");
        if (health != 0) {
            held.add(health);
        }
        return held;
    }

    /** An update that leaves out what was allocated does not give it back. */
    private static void keepAllocated(ObjectNode now, ObjectNode old) {
        var spec = Tree.childObject(now, "spec");
        if (needsAddress(now) && needsAddress(old)) {
            if (Tree.text(spec, "clusterIP").isEmpty()) {
                copy(spec, Tree.at(old, "spec"), "clusterIP");
            }
            if (Tree.strings(spec, "clusterIPs").isEmpty()
                    && Tree.text(spec, "clusterIP").equals(Tree.text(old, "spec", "clusterIP"))) {
                copy(spec, Tree.at(old, "spec"), "clusterIPs");
            }
            for (var field : List.of("ipFamilies", "ipFamilyPolicy")) {
                if (!Tree.has(spec, field)) {
                    copy(spec, Tree.at(old, "spec"), field);
                }
            }
        }
        if (needsPorts(now) && needsPorts(old)) {
            Map<String, Integer> before = new HashMap<>();
            for (var port : Tree.objects(old, "spec", "ports")) {
                before.put(portKey(port), (int) Tree.number(port, 0, "nodePort"));
            }
            List<Integer> used = heldPorts(now);
            for (var port : Tree.objects(now, "spec", "ports")) {
                int number = before.getOrDefault(portKey(port), 0);
                if (Tree.number(port, 0, "nodePort") == 0 && number != 0 && !used.contains(number)) {
                    port.put("nodePort", number);
                }
            }
        }
        if (needsHealthPort(now) && needsHealthPort(old) && Tree.number(spec, 0, "healthCheckNodePort") == 0) {
            copy(spec, Tree.at(old, "spec"), "healthCheckNodePort");
        }
    }

    /** What depended on the old type and is merely carried along goes. */
    private static void dropForeignFields(ObjectNode now, ObjectNode old) {
        var spec = Tree.childObject(now, "spec");
        if (needsAddress(old)
                && !needsAddress(now)
                && Tree.text(spec, "clusterIP").equals(Tree.text(old, "spec", "clusterIP"))) {
            spec.remove(List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"));
        }
        if (needsPorts(old) && !needsPorts(now)) {
            var held = heldPorts(old);
            for (var port : Tree.objects(spec, "ports")) {
                if (held.contains((int) Tree.number(port, 0, "nodePort"))) {
                    port.remove("nodePort");
                }
            }
        }
        if (needsHealthPort(old) && !needsHealthPort(now)) {
            spec.remove("healthCheckNodePort");
        }
    }

    private static void copy(ObjectNode to, JsonNode from, String field) {
        if (from.get(field) != null) {
            to.set(field, from.get(field).deepCopy());
        }
    }

    private static String portKey(ObjectNode port) {
        var protocol = Tree.text(port, "protocol");
        return (protocol.isEmpty() ? "TCP" : protocol) + "/" + Tree.number(port, 0, "port");
    }

    private static boolean needsAddress(ObjectNode service) {
        return !type(service).equals("ExternalName");
    }

    private static boolean needsPorts(ObjectNode service) {
        return switch (type(service)) {
            case "NodePort" -> true;
            case "LoadBalancer" -> Tree.flag(service, true, "spec", "allocateLoadBalancerNodePorts");
            default -> false;
        };
    }

    private static boolean needsHealthPort(ObjectNode service) {
        return type(service).equals("LoadBalancer")
                && Tree.text(service, "spec", "externalTrafficPolicy").equals("Local");
    }

    private void allocate(ObjectNode now, List<String> held, List<Integer> heldPorts, Taking taking) {
        var spec = Tree.childObject(now, "spec");
        if (needsAddress(now)) {
            families(now, spec);
            address(now, spec, held, taking);
        }
        Map<Integer, List<String>> inThis = new HashMap<>();
        var list = Tree.objects(spec, "ports");
        for (int i = 0; i < list.size(); i++) {
            int wanted = (int) Tree.number(list.get(i), 0, "nodePort");
            if (wanted != 0) {
                takePort(now, wanted, "spec.ports[" + i + "].nodePort", list.get(i), inThis, heldPorts, taking);
            }
        }
        if (needsPorts(now)) {
            for (int i = 0; i < list.size(); i++) {
                if (Tree.number(list.get(i), 0, "nodePort") == 0) {
                    list.get(i).put("nodePort", anyPort(taking));
                }
            }
        }
        if (needsHealthPort(now)) {
            int wanted = (int) Tree.number(spec, 0, "healthCheckNodePort");
            if (wanted == 0) {
                spec.put("healthCheckNodePort", anyPort(taking));
            } else {
                takePort(now, wanted, "spec.healthCheckNodePort", spec, inThis, heldPorts, taking);
            }
        }
    }

    /** This cluster has IPv4 only; a headless service without selector may have endpoints of any family. */
    private static void families(ObjectNode now, ObjectNode spec) {
        boolean headless = Tree.text(spec, "clusterIP").equals(HEADLESS);
        boolean selectorless = Tree.stringMap(now, "spec", "selector").isEmpty();
        if (!Tree.has(spec, "ipFamilyPolicy")) {
            spec.put("ipFamilyPolicy", headless && selectorless ? "RequireDualStack" : "SingleStack");
        }
        if (Tree.strings(spec, "ipFamilies").isEmpty()) {
            var families = spec.putArray("ipFamilies").add("IPv4");
            if (headless && selectorless && Tree.text(spec, "ipFamilyPolicy").equals("RequireDualStack")) {
                families.add("IPv6");
            }
        }
        if (!headless) {
            if (Tree.text(spec, "ipFamilyPolicy").equals("RequireDualStack")) {
                throw invalid(
                        now,
                        "FieldValueInvalid",
                        "spec.ipFamilyPolicy",
                        "Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services");
            }
            if (Tree.strings(spec, "ipFamilies").contains("IPv6")) {
                throw invalid(
                        now,
                        "FieldValueInvalid",
                        "spec.ipFamilies[0]",
                        "Invalid value: \"IPv6\": not configured on this cluster");
            }
        }
    }

    private void address(ObjectNode now, ObjectNode spec, List<String> held, Taking taking) {
        var list = Tree.strings(spec, "clusterIPs");
        var wanted = Tree.text(spec, "clusterIP");
        if (wanted.isEmpty() && !list.isEmpty()) {
            wanted = list.getFirst();
        }
        if (wanted.isEmpty()) {
            wanted = anyAddress();
            taking.takenAddresses.add(wanted);
        } else if (!wanted.equals(HEADLESS) && !held.contains(wanted)) {
            var field = "spec.clusterIPs";
            var value = "Invalid value: [\"" + wanted + "\"]: failed to allocate IP " + wanted + ": ";
            if (!addresses.offers(wanted)) {
                throw invalid(
                        now,
                        "FieldValueInvalid",
                        field,
                        value + "the provided network does not match the current range: provided IP is not in the"
                                + " valid range. The range of valid IPs is " + cidr);
            }
            if (shown.exists(wanted) || !addresses.take(wanted)) {
                throw invalid(now, "FieldValueInvalid", field, value + "provided IP is already allocated");
            }
            taking.takenAddresses.add(wanted);
        }
        spec.put("clusterIP", wanted);
        if (list.isEmpty()) {
            ArrayNode all = spec.putArray("clusterIPs");
            all.add(wanted);
        }
    }

    /** One that nobody has, and about which there is no object of somebody else's either. */
    private String anyAddress() {
        return addresses
                .takeAny(shown::exists)
                .orElseThrow(() -> ApiFailure.internalError("failed to allocate a serviceIP: range is full"));
    }

    private void takePort(
            ObjectNode now,
            int wanted,
            String field,
            ObjectNode port,
            Map<Integer, List<String>> inThis,
            List<Integer> held,
            Taking taking) {
        var protocols = inThis.computeIfAbsent(wanted, _ -> new ArrayList<>());
        var protocol = Tree.text(port, "protocol");
        boolean shared = !protocols.isEmpty() && !protocols.contains(protocol);
        protocols.add(protocol);
        if (shared || held.contains(wanted)) {
            return;
        }
        if (wanted < FIRST_PORT || wanted > LAST_PORT) {
            throw invalid(
                    now,
                    "FieldValueInvalid",
                    field,
                    "Invalid value: " + wanted
                            + ": provided port is not in the valid range. The range of valid ports is " + FIRST_PORT
                            + "-" + LAST_PORT);
        }
        if (!ports.take(wanted - FIRST_PORT)) {
            throw invalid(
                    now,
                    "FieldValueInvalid",
                    field,
                    "Invalid value: " + wanted + ": provided port is already allocated");
        }
        taking.takenPorts.add(wanted);
    }

    private int anyPort(Taking taking) {
        int port = FIRST_PORT
                + ports.takeAny()
                        .orElseThrow(() -> ApiFailure.internalError("failed to allocate a nodePort: range is full"));
        taking.takenPorts.add(port);
        return port;
    }

    private static ApiFailure invalid(ObjectNode service, String reason, String field, String message) {
        return ApiFailure.invalid("", "Service", Meta.name(service), List.of(new Cause(reason, message, field)));
    }

    private void release(String address) {
        addresses.release(address);
    }

    private void release(int port) {
        if (port >= FIRST_PORT && port <= LAST_PORT) {
            ports.release(port - FIRST_PORT);
        }
    }

    /** Taken for a write that is not done yet, and to be given back when it is. */
    private final class Taking implements Reservation {
        private final ObjectNode service;
        private final List<String> takenAddresses = new ArrayList<>();
        private final List<Integer> takenPorts = new ArrayList<>();
        private final List<String> releaseAddresses = new ArrayList<>();
        private final List<Integer> releasePorts = new ArrayList<>();

        Taking(ObjectNode service) {
            this.service = service;
        }

        @Override
        public void commit() {
            shown.hold(service, takenAddresses);
            shown.release(service, releaseAddresses);
            releaseAddresses.forEach(ServiceAddresses.this::release);
            releasePorts.forEach(ServiceAddresses.this::release);
        }

        @Override
        public void rollBack() {
            takenAddresses.forEach(ServiceAddresses.this::release);
            takenPorts.forEach(ServiceAddresses.this::release);
        }
    }
}

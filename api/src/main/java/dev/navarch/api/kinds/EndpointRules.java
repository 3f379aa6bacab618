package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Endpoints and endpoint slices.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateEndpointsCreate), pkg/apis/discovery.
 */
final class EndpointRules {
    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");

    private static final List<String> TYPES = List.of("FQDN", "IPv4", "IPv6");
    private static final int MOST_ENDPOINTS = 1_000;
    private static final int MOST_ADDRESSES = 100;
    private static final int MOST_PORTS = 20_000;
    private static final int MOST_TOPOLOGY_LABELS = 16;
    private static final int MOST_HINTS = 8;

    private EndpointRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/Endpoints", endpoints(), "discovery.k8s.io/EndpointSlice", slice());
    }

    private static KindRules endpoints() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .createsOnUpdate()
                .defaults(endpoints -> {
                    for (ObjectNode subset : At.objects(endpoints.path("subsets"))) {
                        At.objects(subset.path("ports")).forEach(port -> Defaults.put(port, "protocol", "TCP"));
                    }
                })
                .check((endpoints, problems) ->
                        endpoints.at("subsets").items().forEach(subset -> subset(subset, problems)))
                .build();
    }

    private static void subset(At subset, Problems problems) {
        if (subset.at("addresses").isEmpty() && subset.at("notReadyAddresses").isEmpty()) {
            problems.required(subset, "must specify `addresses` or `notReadyAddresses`");
        }
        for (String list : List.of("addresses", "notReadyAddresses")) {
            for (At address : subset.at(list).items()) {
                reachable(address.at("ip"), problems);
                problems.grammarIfSet(address.at("hostname"), Names::dns1123Label);
                problems.grammarIfSet(address.at("nodeName"), Names::dns1123Subdomain);
            }
        }
        List<At> ports = subset.at("ports").items();
        for (At port : ports) {
            if (port.at("name").isEmpty() && ports.size() > 1) {
                problems.required(port.at("name"), "");
            } else {
                problems.grammarIfSet(port.at("name"), Names::dns1123Label);
            }
            At number = port.at("port");
            Names.portNumber(number.number())
                    .forEach(complaint -> problems.invalid(number, number.number(), complaint));
            problems.oneOf(port.at("protocol"), PROTOCOLS);
            if (port.at("appProtocol").isSet()) {
                problems.grammar(port.at("appProtocol"), Names::qualifiedName);
            }
        }
    }

    /** An address that is not the host itself. */
    static void reachable(At at, Problems problems) {
        IpChecks.address(at, problems);
        Optional<InetAddress> parsed = IpChecks.parse(at.text());
        if (parsed.isEmpty()) {
            problems.invalid(at, "must be a valid IP address");
            return;
        }
        InetAddress address = parsed.get();
        if (address.isAnyLocalAddress()) {
            problems.invalid(at, "may not be unspecified (" + at.text() + ")");
        }
        if (address.isLoopbackAddress()) {
            problems.invalid(at, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
        }
        if (address.isLinkLocalAddress()) {
            problems.invalid(at, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
        }
        if (address.isMCLinkLocal()) {
            problems.invalid(at, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
        }
    }

    private static KindRules slice() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .counts("endpoints", "ports", "addressType", "metadata.labels")
                .defaults(slice -> {
                    for (ObjectNode port : At.objects(slice.path("ports"))) {
                        if (!port.hasNonNull("name")) {
                            port.put("name", "");
                        }
                        Defaults.put(port, "protocol", "TCP");
                    }
                })
                .check(EndpointRules::slice)
                .immutable("addressType")
                .build();
    }

    private static void slice(At slice, Problems problems) {
        At type = slice.at("addressType");
        if (!TYPES.contains(type.text())) {
            if (type.isEmpty()) {
                problems.required(type, "");
            } else {
                problems.notSupported(type, type.text(), TYPES);
            }
        }
        At endpoints = slice.at("endpoints");
        if (endpoints.size() > MOST_ENDPOINTS) {
            problems.tooMany(endpoints, MOST_ENDPOINTS);
        } else {
            endpoints.items().forEach(endpoint -> endpoint(endpoint, type.text(), problems));
        }
        ports(slice.at("ports"), problems);
    }

    private static void endpoint(At endpoint, String type, Problems problems) {
        At addresses = endpoint.at("addresses");
        if (addresses.isEmpty()) {
            problems.required(addresses, "must contain at least 1 address");
        } else if (addresses.size() > MOST_ADDRESSES) {
            problems.tooMany(addresses, MOST_ADDRESSES);
        }
        for (At address : addresses.items()) {
            switch (type) {
                case "IPv4", "IPv6" -> family(address, type, problems);
                case "FQDN" -> qualified(address, problems);
                default -> {}
            }
        }
        if (endpoint.at("nodeName").isSet()) {
            problems.grammar(endpoint.at("nodeName"), Names::dns1123Subdomain);
        }
        At topology = endpoint.at("deprecatedTopology");
        if (topology.size() > MOST_TOPOLOGY_LABELS) {
            problems.tooMany(topology, MOST_TOPOLOGY_LABELS);
        }
        ObjectMetaRules.labels(topology, problems);
        if (topology.key("kubernetes.io/hostname").isSet()) {
            problems.invalid(
                    topology.key("kubernetes.io/hostname"),
                    topology.key("kubernetes.io/hostname").text(),
                    "may not be set unless using the v1beta1 API version");
        }
        if (endpoint.at("hostname").isSet()) {
            problems.grammar(endpoint.at("hostname"), Names::dns1123Label);
        }
        hints(endpoint.at("hints"), problems);
    }

    /** Whose traffic an endpoint should get. */
    private static void hints(At hints, Problems problems) {
        for (String list : List.of("forZones", "forNodes")) {
            At all = hints.at(list);
            if (all.size() > MOST_HINTS) {
                problems.tooMany(all, MOST_HINTS);
                continue;
            }
            Set<String> seen = new HashSet<>();
            for (At hint : all.items()) {
                At name = hint.at("name");
                if (!seen.add(name.text())) {
                    problems.duplicate(name, name.text());
                } else if (list.equals("forZones")) {
                    problems.grammar(name, Names::labelValue);
                } else {
                    problems.grammar(name, Names::dns1123Subdomain);
                }
            }
        }
    }

    private static void qualified(At name, Problems problems) {
        if (name.isEmpty()) {
            problems.required(name, "");
            return;
        }
        String text =
                name.text().endsWith(".") ? name.text().substring(0, name.text().length() - 1) : name.text();
        List<String> complaints = Names.dns1123Subdomain(text);
        complaints.forEach(complaint -> problems.invalid(name, text, complaint));
        if (complaints.isEmpty() && !text.contains(".")) {
            problems.invalid(name, text, "should be a domain with at least two segments separated by dots");
        }
    }

    private static void ports(At ports, Problems problems) {
        if (ports.size() > MOST_PORTS) {
            problems.tooMany(ports, MOST_PORTS);
            return;
        }
        Set<String> names = new HashSet<>();
        for (At port : ports.items()) {
            At name = port.at("name");
            problems.grammarIfSet(name, Names::dns1123Label);
            if (!names.add(name.text())) {
                problems.duplicate(name, name.text());
            }
            At number = port.at("port");
            if (number.isSet()) {
                Names.portNumber(number.number()).forEach(complaint -> problems.invalid(number, complaint));
            }
            problems.oneOf(port.at("protocol"), PROTOCOLS);
            if (port.at("appProtocol").isSet()) {
                problems.grammar(port.at("appProtocol"), Names::qualifiedName);
            }
        }
    }

    private static void family(At address, String type, Problems problems) {
        Optional<InetAddress> ip = IpChecks.parse(address.text());
        int length = type.equals("IPv6") ? 16 : 4;
        if (ip.isEmpty() || ip.get().getAddress().length != length) {
            problems.invalid(address, "must be a valid " + type + " address");
        } else {
            reachable(address, problems);
        }
    }
}

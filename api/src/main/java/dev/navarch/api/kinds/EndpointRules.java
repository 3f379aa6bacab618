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
        }
    }

    /** An address that is not the host itself. */
    private static void reachable(At at, Problems problems) {
        Optional<InetAddress> address = IpChecks.parse(at.text());
        if (address.isEmpty()) {
            IpChecks.address(at, problems);
        } else if (address.get().isAnyLocalAddress()) {
            problems.invalid(at, "may not be unspecified (0.0.0.0 or ::)");
        } else if (address.get().isLoopbackAddress()) {
            problems.invalid(at, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
        } else if (address.get().isLinkLocalAddress()) {
            problems.invalid(at, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
        }
    }

    private static KindRules slice() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .counts("endpoints", "ports", "addressType")
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
        problems.oneOf(type, List.of("FQDN", "IPv4", "IPv6"));
        At endpoints = slice.at("endpoints");
        if (endpoints.size() > 1_000) {
            problems.tooMany(endpoints, 1_000);
            return;
        }
        for (At endpoint : endpoints.items()) {
            At addresses = endpoint.at("addresses");
            if (addresses.isEmpty()) {
                problems.required(addresses, "must contain at least 1 address");
            } else if (addresses.size() > 100) {
                problems.tooMany(addresses, 100);
            }
            for (At address : addresses.items()) {
                if (type.is("FQDN")) {
                    problems.grammar(address, Names::dns1123Subdomain);
                } else {
                    family(address, type.text(), problems);
                }
            }
            problems.grammarIfSet(endpoint.at("hostname"), Names::dns1123Label);
            problems.grammarIfSet(endpoint.at("nodeName"), Names::dns1123Subdomain);
            ObjectMetaRules.labels(endpoint.at("deprecatedTopology"), problems);
        }
        Set<String> names = new HashSet<>();
        for (At port : slice.at("ports").items()) {
            problems.grammarIfSet(port.at("name"), Names::dns1123Label);
            if (!names.add(port.at("name").text())) {
                problems.duplicate(port.at("name"), port.at("name").text());
            }
            problems.oneOf(port.at("protocol"), PROTOCOLS);
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

package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ingresses, their classes, and network policies.
 *
 * <p>Source: kubernetes pkg/apis/networking/validation/validation.go, pkg/apis/networking/v1/defaults.go.
 */
final class NetworkRules {
    private NetworkRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                "networking.k8s.io/Ingress", ingress(),
                "networking.k8s.io/IngressClass", ingressClass(),
                "networking.k8s.io/NetworkPolicy", policy());
    }

    private static KindRules ingress() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .status()
                .counts("spec")
                .check((ingress, problems) -> ingress(ingress.at("spec"), problems))
                .build();
    }

    private static void ingress(At spec, Problems problems) {
        if (spec.at("rules").isEmpty() && !spec.at("defaultBackend").isSet()) {
            problems.invalid(spec, "either `defaultBackend` or `rules` must be specified");
        }
        if (spec.at("defaultBackend").isSet()) {
            backend(spec.at("defaultBackend"), problems);
        }
        for (At rule : spec.at("rules").items()) {
            host(rule.at("host"), problems);
            At http = rule.at("http");
            if (http.isSet() && http.at("paths").isEmpty()) {
                problems.required(http.at("paths"), "");
            }
            http.at("paths").items().forEach(path -> path(path, problems));
        }
        for (At tls : spec.at("tls").items()) {
            tls.at("hosts").items().forEach(host -> host(host, problems));
            problems.grammarIfSet(tls.at("secretName"), Names::dns1123Subdomain);
        }
        problems.grammarIfSet(spec.at("ingressClassName"), Names::dns1123Subdomain);
    }

    private static void host(At host, Problems problems) {
        if (host.isEmpty()) {
            return;
        }
        if (IpChecks.parse(host.text()).isPresent()) {
            problems.invalid(host, "must be a DNS name, not an IP address");
        } else if (host.text().contains("*")) {
            problems.grammar(host, Names::wildcardDns1123Subdomain);
        } else {
            problems.grammar(host, Names::dns1123Subdomain);
        }
    }

    private static void path(At path, Problems problems) {
        At type = path.at("pathType");
        if (!type.isSet()) {
            problems.required(type, "pathType must be specified");
        } else {
            problems.oneOf(type, List.of("Exact", "ImplementationSpecific", "Prefix"));
        }
        At value = path.at("path");
        boolean absolute = value.text().startsWith("/");
        boolean mustBe = !type.is("ImplementationSpecific") || !value.isEmpty();
        if (mustBe && !absolute) {
            problems.invalid(value, value.text(), "must be an absolute path");
        }
        if (!type.is("ImplementationSpecific")) {
            for (String part : List.of("//", "/./", "/../", "%2f", "%2F")) {
                if (value.text().contains(part)) {
                    problems.invalid(value, "must not contain '" + part + "'");
                }
            }
        }
        backend(path.at("backend"), problems);
    }

    private static void backend(At backend, Problems problems) {
        At service = backend.at("service");
        At resource = backend.at("resource");
        if (service.isSet() && resource.isSet()) {
            problems.invalid(backend, "", "cannot set both resource and service backends");
            return;
        }
        if (resource.isSet()) {
            problems.requiredText(resource.at("kind"));
            problems.requiredText(resource.at("name"));
            return;
        }
        if (!service.isSet() || service.at("name").isEmpty()) {
            problems.required(service.at("name"), "");
            return;
        }
        problems.grammar(service.at("name"), Names::dns1035Label);
        boolean named = !service.at("port", "name").isEmpty();
        boolean numbered = service.at("port", "number").number() != 0;
        if (named && numbered) {
            problems.invalid(backend, "", "cannot set both port name & port number");
        } else if (named) {
            problems.grammar(service.at("port", "name"), Names::portName);
        } else if (numbered) {
            At number = service.at("port", "number");
            Names.portNumber(number.number()).forEach(complaint -> problems.invalid(number, complaint));
        } else {
            problems.required(backend, "port name or number is required");
        }
    }

    private static KindRules ingressClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .counts("spec")
                .check((type, problems) -> {
                    At controller = type.at("spec", "controller");
                    if (controller.isEmpty()) {
                        problems.required(controller, "");
                    } else if (controller.text().length() > 250) {
                        problems.tooLong(controller, 250);
                    }
                })
                .immutable("spec", "controller")
                .build();
    }

    private static KindRules policy() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(policy -> policyDefaults(At.object(policy, "spec")))
                .counts("spec")
                .check((policy, problems) -> policy(policy.at("spec"), problems))
                .build();
    }

    private static void policyDefaults(ObjectNode spec) {
        if (spec.path("policyTypes").isEmpty()) {
            var types = spec.putArray("policyTypes").add("Ingress");
            if (!spec.path("egress").isEmpty()) {
                types.add("Egress");
            }
        }
        for (String direction : List.of("ingress", "egress")) {
            for (ObjectNode rule : At.objects(spec.path(direction))) {
                At.objects(rule.path("ports")).forEach(port -> Defaults.put(port, "protocol", "TCP"));
            }
        }
    }

    private static void policy(At spec, Problems problems) {
        ObjectMetaRules.labelSelector(spec.at("podSelector"), problems);
        direction(spec.at("ingress"), "from", problems);
        direction(spec.at("egress"), "to", problems);
        Set<String> seen = new HashSet<>();
        for (At type : spec.at("policyTypes").items()) {
            if (!List.of("Egress", "Ingress").contains(type.text())) {
                problems.notSupported(type, List.of("Egress", "Ingress"));
            } else {
                seen.add(type.text());
            }
        }
        if (spec.at("policyTypes").size() > 2) {
            problems.invalid(spec.at("policyTypes"), "may not specify more than two policyTypes");
        }
    }

    private static void direction(At rules, String peers, Problems problems) {
        for (At rule : rules.items()) {
            for (At port : rule.at("ports").items()) {
                problems.oneOfIfSet(port.at("protocol"), List.of("SCTP", "TCP", "UDP"));
                if (port.at("port").isSet()) {
                    ProbeChecks.port(port.at("port"), problems);
                }
                At end = port.at("endPort");
                if (end.isSet()) {
                    if (!port.at("port").node().isNumber()) {
                        problems.required(port.at("port"), "may not be specified when `port` is a named port");
                    } else if (end.number() < port.at("port").number()) {
                        problems.invalid(end, "must be greater than or equal to `port`");
                    }
                }
            }
            rule.at(peers).items().forEach(peer -> peer(peer, problems));
        }
    }

    private static void peer(At peer, Problems problems) {
        boolean selectors =
                peer.at("podSelector").isSet() || peer.at("namespaceSelector").isSet();
        ObjectMetaRules.labelSelector(peer.at("podSelector"), problems);
        ObjectMetaRules.labelSelector(peer.at("namespaceSelector"), problems);
        if (peer.at("ipBlock").isSet()) {
            At block = peer.at("ipBlock", "cidr");
            if (block.isEmpty()) {
                problems.required(block, "");
            } else {
                IpChecks.block(block, problems);
            }
            peer.at("ipBlock", "except").items().forEach(except -> IpChecks.block(except, problems));
            if (selectors) {
                problems.forbidden(peer, "may not specify both ipBlock and another peer");
            }
        } else if (!selectors) {
            problems.required(peer, "must specify a peer");
        }
    }
}

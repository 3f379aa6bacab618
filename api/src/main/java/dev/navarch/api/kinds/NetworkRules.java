package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ingresses, their classes, and network policies.
 *
 * <p>Source: kubernetes pkg/apis/networking/validation/validation.go, pkg/apis/networking/v1/defaults.go.
 */
final class NetworkRules {
    private static final String CLASS = "kubernetes.io/ingress.class";
    private static final int LONGEST_CONTROLLER = 250;
    private static final List<String> BAD_PARTS = List.of("//", "/./", "/../", "%2f", "%2F");
    private static final List<String> BAD_ENDS = List.of("/..", "/.");
    private static final List<String> DIRECTIONS = List.of("Ingress", "Egress");
    private static final List<String> PROTOCOLS = List.of("TCP", "UDP", "SCTP");

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
                .checkCreate(NetworkRules::className)
                .checkStatus((now, old, problems) -> {
                    for (At address :
                            now.at("status", "loadBalancer", "ingress").items()) {
                        IpChecks.addressIfSet(address.at("ip"), problems);
                        ServiceChecks.hostname(address.at("hostname"), problems);
                    }
                })
                .build();
    }

    /** A new ingress may name its class in the annotation of old too, if it is the same. */
    private static void className(At ingress, Problems problems) {
        At named = ingress.at("metadata", "annotations").key(CLASS);
        At name = ingress.at("spec", "ingressClassName");
        if (named.isSet() && name.isSet() && !named.is(name.text())) {
            problems.invalid(
                    ingress.at("annotations", CLASS),
                    named.text(),
                    "must match `ingressClassName` when both are specified");
        }
    }

    private static void ingress(At spec, Problems problems) {
        if (spec.at("rules").isEmpty() && !spec.at("defaultBackend").isSet()) {
            problems.invalid(spec, null, "either `defaultBackend` or `rules` must be specified");
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
            tls.at("hosts").items().forEach(host -> name(host, problems));
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
        }
        name(host, problems);
    }

    private static void name(At host, Problems problems) {
        boolean wild = host.text().contains("*");
        problems.grammar(host, wild ? Names::wildcardDns1123Subdomain : Names::dns1123Subdomain);
    }

    private static void path(At path, Problems problems) {
        At type = path.at("pathType");
        if (!type.isSet()) {
            problems.required(type, "pathType must be specified");
            return;
        }
        At value = path.at("path");
        switch (type.text()) {
            case "Exact", "Prefix" -> {
                absolute(value, problems);
                for (String part : BAD_PARTS) {
                    if (value.text().contains(part)) {
                        problems.invalid(value, "must not contain '" + part + "'");
                    }
                }
                for (String end : BAD_ENDS) {
                    if (value.text().endsWith(end)) {
                        problems.invalid(value, "cannot end with '" + end + "'");
                    }
                }
            }
            case "ImplementationSpecific" -> {
                if (!value.isEmpty()) {
                    absolute(value, problems);
                }
            }
            default -> problems.notSupported(type, List.of("Exact", "ImplementationSpecific", "Prefix"));
        }
        backend(path.at("backend"), problems);
    }

    private static void absolute(At path, Problems problems) {
        if (!path.text().startsWith("/")) {
            problems.invalid(path, path.text(), "must be an absolute path");
        }
    }

    private static void backend(At backend, Problems problems) {
        At service = backend.at("service");
        At resource = backend.at("resource");
        if (resource.isSet() && service.isSet()) {
            problems.invalid(backend, "", "cannot set both resource and service backends");
        } else if (resource.isSet()) {
            reference(resource, problems);
        } else if (service.isSet()) {
            service(backend, service, problems);
        } else {
            problems.invalid(backend, "", "resource or service backend is required");
        }
    }

    private static void service(At backend, At service, Problems problems) {
        problems.requiredGrammar(service.at("name"), Names::dns1035Label);
        At name = service.at("port", "name");
        At number = service.at("port", "number");
        boolean numbered = number.number() != 0;
        if (!name.isEmpty() && numbered) {
            problems.invalid(backend, "", "cannot set both port name & port number");
        } else if (!name.isEmpty()) {
            problems.grammar(name, Names::portName);
        } else if (numbered) {
            Names.portNumber(number.number()).forEach(complaint -> problems.invalid(number, complaint));
        } else {
            problems.required(backend, "port name or number is required");
        }
    }

    private static void reference(At reference, Problems problems) {
        At group = reference.at("apiGroup");
        if (group.isSet()) {
            problems.grammar(group, Names::dns1123Subdomain);
        }
        for (String part : List.of("kind", "name")) {
            At at = reference.at(part);
            if (at.isEmpty()) {
                problems.required(at, part + " is required");
            } else {
                problems.grammar(at, Names::pathSegment);
            }
        }
    }

    private static KindRules ingressClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(type -> {
                    if (type.path("spec").path("parameters") instanceof ObjectNode parameters) {
                        Defaults.put(parameters, "scope", "Cluster");
                    }
                })
                .counts("spec")
                .check((type, problems) -> {
                    At controller = type.at("spec", "controller");
                    problems.notLonger(controller, LONGEST_CONTROLLER);
                    PathChecks.domainPrefixed(controller, problems);
                    parameters(type.at("spec", "parameters"), problems);
                })
                .immutable("spec", "controller")
                .build();
    }

    private static void parameters(At parameters, Problems problems) {
        if (!parameters.isSet()) {
            return;
        }
        reference(parameters, problems);
        At namespace = parameters.at("namespace");
        switch (parameters.at("scope").text()) {
            case "Namespace" -> {
                if (!namespace.isSet()) {
                    problems.required(namespace, "`parameters.scope` is set to 'Namespace'");
                } else {
                    problems.grammar(namespace, Names::dns1123Label);
                }
            }
            case "Cluster" -> {
                if (namespace.isSet()) {
                    problems.forbidden(namespace, "`parameters.scope` is set to 'Cluster'");
                }
            }
            default ->
                problems.notSupported(
                        parameters.at("scope"), parameters.at("scope").text(), List.of("Cluster", "Namespace"));
        }
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
        At types = spec.at("policyTypes");
        if (types.size() > DIRECTIONS.size()) {
            problems.invalid(types, "may not specify more than two policyTypes");
            return;
        }
        for (At type : types.items()) {
            if (!DIRECTIONS.contains(type.text())) {
                problems.notSupported(type, DIRECTIONS);
            }
        }
    }

    private static void direction(At rules, String peers, Problems problems) {
        for (At rule : rules.items()) {
            rule.at("ports").items().forEach(port -> port(port, problems));
            rule.at(peers).items().forEach(peer -> peer(peer, problems));
        }
    }

    private static void port(At port, Problems problems) {
        At protocol = port.at("protocol");
        if (protocol.isSet() && !PROTOCOLS.contains(protocol.text())) {
            problems.notSupported(protocol, PROTOCOLS);
        }
        At first = port.at("port");
        At last = port.at("endPort");
        if (!first.isSet()) {
            if (last.isSet()) {
                problems.invalid(last, "may not be specified when `port` is not specified");
            }
        } else if (first.node().isNumber()) {
            Names.portNumber(first.number()).forEach(complaint -> problems.invalid(first, complaint));
            if (last.isSet()) {
                if (last.number() < first.number()) {
                    // Upstream shows the first port here.
                    problems.invalid(last, first.number(), "must be greater than or equal to `port`");
                }
                Names.portNumber(last.number()).forEach(complaint -> problems.invalid(last, complaint));
            }
        } else {
            if (last.isSet()) {
                problems.invalid(last, "may not be specified when `port` is non-numeric");
            }
            problems.grammar(first, Names::portName);
        }
    }

    private static void peer(At peer, Problems problems) {
        boolean selects =
                peer.at("podSelector").isSet() || peer.at("namespaceSelector").isSet();
        ObjectMetaRules.labelSelector(peer.at("podSelector"), problems);
        ObjectMetaRules.labelSelector(peer.at("namespaceSelector"), problems);
        if (peer.at("ipBlock").isSet()) {
            block(peer.at("ipBlock"), problems);
            if (selects) {
                problems.forbidden(peer, "may not specify both ipBlock and another peer");
            }
        } else if (!selects) {
            problems.required(peer, "must specify a peer");
        }
    }

    private static void block(At block, Problems problems) {
        At whole = block.at("cidr");
        if (whole.isEmpty()) {
            problems.required(whole, "");
            return;
        }
        IpChecks.block(whole, problems);
        if (!IpChecks.isBlock(whole.text())) {
            return;
        }
        for (At except : block.at("except").items()) {
            IpChecks.block(except, problems);
            if (IpChecks.isBlock(except.text()) && !IpChecks.isStrictlyInside(except.text(), whole.text())) {
                problems.invalid(except, "must be a strict subset of `cidr`");
            }
        }
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Services. What is handed out from ranges is in {@link ServiceAllocation}.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go (ValidateService),
 * pkg/registry/core/service.
 */
final class ServiceRules {
    private static final List<String> TYPES = List.of("ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");

    private ServiceRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/Service", service());
    }

    private static KindRules service() {
        return Kind.namespaced(Names::dns1035Label)
                .defaults(service -> defaults(At.object(service, "spec")))
                .status()
                .createsOnUpdate()
                .beforeCreate(service -> {
                    ObjectNode spec = At.object(service, "spec");
                    mirrorClusterIp(spec);
                    families(spec);
                    service.putObject("status").putObject("loadBalancer");
                })
                .beforeUpdate(ServiceRules::beforeUpdate)
                .check((service, problems) -> check(service.at("spec"), problems))
                .checkUpdate(ServiceRules::checkUpdate)
                .selectable("spec.clusterIP", "spec.type")
                .build();
    }

    private static void defaults(ObjectNode spec) {
        Defaults.put(spec, "sessionAffinity", "None");
        String affinity = spec.path("sessionAffinity").asString("");
        if (affinity.equals("None")) {
            spec.remove("sessionAffinityConfig");
        } else if (affinity.equals("ClientIP")) {
            ObjectNode client = At.object(At.object(spec, "sessionAffinityConfig"), "clientIP");
            Defaults.put(client, "timeoutSeconds", 10_800);
        }
        Defaults.put(spec, "type", "ClusterIP");
        String type = spec.path("type").asString("");
        for (ObjectNode port : At.objects(spec.path("ports"))) {
            Defaults.put(port, "protocol", "TCP");
            boolean noTarget = port.path("targetPort").isNumber()
                    && port.path("targetPort").asInt(0) == 0;
            if (noTarget) {
                port.remove("targetPort");
            }
            Defaults.put(port, "targetPort", port.path("port").asInt(0));
        }
        boolean external = type.equals("NodePort")
                || type.equals("LoadBalancer")
                || (type.equals("ClusterIP") && !spec.path("externalIPs").isEmpty());
        if (external) {
            Defaults.put(spec, "externalTrafficPolicy", "Cluster");
        }
        if (!type.equals("ExternalName") && TYPES.contains(type)) {
            Defaults.put(spec, "internalTrafficPolicy", "Cluster");
        }
        if (type.equals("LoadBalancer")) {
            Defaults.put(spec, "allocateLoadBalancerNodePorts", true);
        }
    }

    /** The single address follows the list, or makes it. */
    private static void mirrorClusterIp(ObjectNode spec) {
        String single = spec.path("clusterIP").asString("");
        boolean listed = !spec.path("clusterIPs").isEmpty();
        if (!single.isEmpty() && !listed) {
            spec.putArray("clusterIPs").add(single);
        }
    }

    /** One family, that of the address if there is one; both for a headless service that names no pods. */
    private static void families(ObjectNode spec) {
        if (spec.path("type").asString("").equals("ExternalName")) {
            return;
        }
        String address = spec.path("clusterIP").asString("");
        boolean selectorlessHeadless =
                address.equals("None") && spec.path("selector").isEmpty();
        String family = address.contains(":") ? "IPv6" : "IPv4";
        Defaults.put(spec, "ipFamilyPolicy", selectorlessHeadless ? "RequireDualStack" : "SingleStack");
        if (spec.path("ipFamilies").isEmpty()) {
            ArrayNode families = spec.putArray("ipFamilies").add(family);
            if (selectorlessHeadless) {
                families.add("IPv6");
            }
        }
    }

    private static void beforeUpdate(ObjectNode now, ObjectNode old) {
        ObjectNode spec = At.object(now, "spec");
        At after = At.root(now).at("spec");
        At before = At.root(old).at("spec");
        if (ServiceAllocation.usesClusterIp(after) && ServiceAllocation.usesClusterIp(before)) {
            if (after.at("clusterIP").isEmpty() && after.at("clusterIPs").isEmpty()) {
                Kind.keep("clusterIP", spec, before.node());
                Kind.keep("clusterIPs", spec, before.node());
            } else if (!after.at("clusterIP").is(before.at("clusterIP").text())
                    && Trees.same(
                            spec.path("clusterIPs"), before.at("clusterIPs").node())) {
                spec.remove("clusterIPs"); // only the old field was changed: it is what is meant
            }
            for (String field : List.of("ipFamilies", "ipFamilyPolicy")) {
                if (after.at(field).isEmpty()) {
                    Kind.keep(field, spec, before.node());
                }
            }
        }
        if (ServiceAllocation.usesNodePorts(after) && ServiceAllocation.usesNodePorts(before)) {
            keepNodePorts(spec, before);
        }
        if (ServiceAllocation.usesHealthCheckNodePort(after)
                && ServiceAllocation.usesHealthCheckNodePort(before)
                && after.at("healthCheckNodePort").number() == 0) {
            Kind.keep("healthCheckNodePort", spec, before.node());
        }
        dropWhatTheTypeLost(spec, after, before);
        mirrorClusterIp(spec);
        families(spec);
    }

    /** A port that was there keeps its node port. */
    private static void keepNodePorts(ObjectNode spec, At before) {
        Set<Long> taken = new HashSet<>();
        for (ObjectNode port : At.objects(spec.path("ports"))) {
            taken.add(port.path("nodePort").asLong(0));
        }
        for (ObjectNode port : At.objects(spec.path("ports"))) {
            if (port.path("nodePort").asLong(0) != 0) {
                continue;
            }
            for (At was : before.at("ports").items()) {
                boolean same = was.at("port").number() == port.path("port").asLong(0)
                        && was.at("protocol").is(port.path("protocol").asString(""));
                if (same && taken.add(was.at("nodePort").number())) {
                    port.put("nodePort", was.at("nodePort").number());
                }
            }
        }
    }

    /** What a change of the type leaves behind is dropped if the user did not touch it. */
    private static void dropWhatTheTypeLost(ObjectNode spec, At after, At before) {
        if (ServiceAllocation.usesClusterIp(before)
                && !ServiceAllocation.usesClusterIp(after)
                && Trees.same(spec.path("clusterIP"), before.at("clusterIP").node())) {
            spec.remove(List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"));
        }
        if (ServiceAllocation.usesNodePorts(before) && !ServiceAllocation.usesNodePorts(after)) {
            Set<Long> old = new HashSet<>();
            before.at("ports")
                    .items()
                    .forEach(port -> old.add(port.at("nodePort").number()));
            for (ObjectNode port : At.objects(spec.path("ports"))) {
                if (old.contains(port.path("nodePort").asLong(0))) {
                    port.remove("nodePort");
                }
            }
        }
        if (ServiceAllocation.usesHealthCheckNodePort(before) && !ServiceAllocation.usesHealthCheckNodePort(after)) {
            spec.remove("healthCheckNodePort");
        }
        if (before.at("type").is("LoadBalancer") && !after.at("type").is("LoadBalancer")) {
            spec.remove(List.of("allocateLoadBalancerNodePorts", "loadBalancerClass"));
        }
        if (before.at("type").is("ExternalName") && !after.at("type").is("ExternalName")) {
            if (Trees.same(spec.path("externalName"), before.at("externalName").node())) {
                spec.remove("externalName");
            }
        }
        boolean external = after.at("type").is("NodePort")
                || after.at("type").is("LoadBalancer")
                || !after.at("externalIPs").isEmpty();
        if (!external
                && Trees.same(
                        spec.path("externalTrafficPolicy"),
                        before.at("externalTrafficPolicy").node())) {
            spec.remove("externalTrafficPolicy");
        }
    }

    private static void check(At spec, Problems problems) {
        String type = spec.at("type").text();
        boolean headless = spec.at("clusterIP").is("None");
        boolean noPorts = spec.at("ports").isEmpty();
        if (noPorts && !headless && !type.equals("ExternalName")) {
            problems.required(spec.at("ports"), "");
        }
        switch (type) {
            case "LoadBalancer", "NodePort" -> {
                if (headless) {
                    problems.invalid(
                            spec.at("clusterIPs").item(0),
                            "None",
                            "may not be set to 'None' for " + type + " services");
                }
            }
            case "ExternalName" -> externalName(spec, problems);
            default -> {}
        }
        ports(spec, problems);
        ObjectMetaRules.labels(spec.at("selector"), problems);
        problems.oneOf(spec.at("sessionAffinity"), List.of("ClientIP", "None"));
        if (spec.at("sessionAffinity").is("ClientIP")) {
            At timeout = spec.at("sessionAffinityConfig", "clientIP", "timeoutSeconds");
            if (timeout.number() <= 0 || timeout.number() > 86_400) {
                problems.invalid(timeout, timeout.number(), "must be greater than 0 and less than 86400");
            }
        }
        spec.at("externalIPs").items().forEach(ip -> IpChecks.address(ip, problems));
        problems.oneOf(spec.at("type"), TYPES);
        if (spec.at("allocateLoadBalancerNodePorts").isSet() && !type.equals("LoadBalancer")) {
            problems.forbidden(
                    spec.at("allocateLoadBalancerNodePorts"), "may only be used when `type` is 'LoadBalancer'");
        }
        if (!spec.at("loadBalancerClass").isEmpty() && !type.equals("LoadBalancer")) {
            problems.forbidden(spec.at("loadBalancerClass"), "may only be used when `type` is 'LoadBalancer'");
        }
        traffic(spec, type, problems);
        addresses(spec, type, problems);
    }

    private static void externalName(At spec, Problems problems) {
        if (!spec.at("clusterIP").isEmpty()) {
            problems.forbidden(spec.at("clusterIPs"), "may not be set for ExternalName services");
        }
        for (String field : List.of("ipFamilies", "ipFamilyPolicy")) {
            if (!spec.at(field).isEmpty()) {
                problems.forbidden(spec.at(field), "may not be set for ExternalName services");
            }
        }
        At name = spec.at("externalName");
        if (name.isEmpty()) {
            problems.required(name, "");
        } else {
            String text = name.text();
            Names.dns1123Subdomain(text.endsWith(".") ? text.substring(0, text.length() - 1) : text)
                    .forEach(complaint -> problems.invalid(name, complaint));
        }
    }

    private static void ports(At spec, Problems problems) {
        List<At> ports = spec.at("ports").items();
        Set<String> names = new HashSet<>();
        Set<String> numbers = new HashSet<>();
        Set<String> nodePorts = new HashSet<>();
        boolean clusterOnly = spec.at("type").is("ClusterIP");
        for (At port : ports) {
            name(port.at("name"), ports.size() > 1, names, problems);
            At number = port.at("port");
            Names.portNumber(number.number())
                    .forEach(complaint -> problems.invalid(number, number.number(), complaint));
            problems.oneOf(port.at("protocol"), PROTOCOLS);
            ProbeChecks.port(port.at("targetPort"), problems);
            problems.grammarIfSet(port.at("appProtocol"), Names::qualifiedName);
            String key = port.at("protocol").text() + "/" + number.number();
            if (!numbers.add(key)) {
                problems.duplicate(port, port.value());
            }
            At nodePort = port.at("nodePort");
            if (nodePort.number() != 0) {
                if (clusterOnly) {
                    problems.forbidden(nodePort, "may not be used when `type` is 'ClusterIP'");
                } else if (!nodePorts.add(port.at("protocol").text() + "/" + nodePort.number())) {
                    problems.duplicate(nodePort, nodePort.number());
                }
            }
        }
    }

    private static void name(At name, boolean required, Set<String> names, Problems problems) {
        if (name.isEmpty()) {
            if (required) {
                problems.required(name, "");
            }
            return;
        }
        problems.grammar(name, Names::dns1123Label);
        if (!names.add(name.text())) {
            problems.duplicate(name, name.text());
        }
    }

    private static void traffic(At spec, String type, Problems problems) {
        At external = spec.at("externalTrafficPolicy");
        boolean accessible = type.equals("NodePort")
                || type.equals("LoadBalancer")
                || (type.equals("ClusterIP") && !spec.at("externalIPs").isEmpty());
        if (!accessible && !external.isEmpty()) {
            problems.invalid(external, "may only be set for externally-accessible services");
        } else {
            problems.oneOfIfSet(external, List.of("Cluster", "Local"));
        }
        problems.oneOfIfSet(spec.at("internalTrafficPolicy"), List.of("Cluster", "Local"));
        At distribution = spec.at("trafficDistribution");
        problems.oneOfIfSet(distribution, List.of("PreferClose", "PreferSameNode", "PreferSameZone"));
    }

    private static void addresses(At spec, String type, Problems problems) {
        At ips = spec.at("clusterIPs");
        if (!spec.at("clusterIP").isEmpty()
                && !ips.isEmpty()
                && !ips.item(0).is(spec.at("clusterIP").text())) {
            problems.invalid(ips, "first value must match `clusterIP`");
        }
        if (type.equals("ExternalName")) {
            return;
        }
        for (At ip : ips.items()) {
            if (ip.is("None")) {
                if (ips.size() > 1) {
                    problems.invalid(ips, "'None' must be the first and only value");
                }
            } else {
                IpChecks.address(ip, problems);
            }
        }
        if (ips.size() > 2) {
            problems.invalid(ips, "may only hold up to 2 values");
        }
        for (At family : spec.at("ipFamilies").items()) {
            if (!List.of("IPv4", "IPv6").contains(family.text())) {
                problems.notSupported(family, List.of("IPv4", "IPv6"));
            }
        }
        problems.oneOfIfSet(spec.at("ipFamilyPolicy"), List.of("PreferDualStack", "RequireDualStack", "SingleStack"));
    }

    private static void checkUpdate(At now, At old, Problems problems) {
        At before = old.at("spec", "clusterIPs");
        At after = now.at("spec", "clusterIPs");
        boolean both =
                ServiceAllocation.usesClusterIp(now.at("spec")) && ServiceAllocation.usesClusterIp(old.at("spec"));
        if (both
                && !before.isEmpty()
                && !before.item(0).text().equals(after.item(0).text())) {
            problems.invalid(after.item(0), after.isSet() ? after.node() : "", "may not change once set");
        }
    }
}

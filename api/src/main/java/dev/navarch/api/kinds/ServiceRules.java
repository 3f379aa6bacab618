package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Services. What is handed out from the cluster's ranges, addresses and node ports, is the registry's.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go (ValidateService),
 * pkg/registry/core/service.
 */
final class ServiceRules {
    static final List<String> TYPES = List.of("ClusterIP", "ExternalName", "LoadBalancer", "NodePort");

    private ServiceRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/Service", service());
    }

    private static KindRules service() {
        return Kind.namespaced(Names::dns1035Label)
                .defaults(service -> {
                    defaults(At.object(service, "spec"));
                    modes(service);
                })
                .status()
                .createsOnUpdate()
                .beforeCreate(service -> {
                    ObjectNode spec = At.object(service, "spec");
                    mirrorClusterIp(spec);
                    families(spec);
                    service.putObject("status").putObject("loadBalancer");
                })
                .beforeUpdate(ServiceRules::beforeUpdate)
                .check(ServiceChecks::check)
                .checkUpdate(ServiceChecks::checkUpdate)
                .checkStatus((now, old, problems) -> ServiceChecks.checkStatus(now, problems))
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

    /** What is done with traffic to an address of a load balancer. */
    private static void modes(ObjectNode service) {
        if (service.path("spec").path("type").asString("").equals("LoadBalancer")) {
            for (ObjectNode ingress :
                    At.objects(service.path("status").path("loadBalancer").path("ingress"))) {
                if (!ingress.path("ip").asString("").isEmpty()) {
                    Defaults.put(ingress, "ipMode", "VIP");
                }
            }
        }
    }

    static boolean usesClusterIp(At spec) {
        return List.of("ClusterIP", "NodePort", "LoadBalancer")
                .contains(spec.at("type").text());
    }

    static boolean usesNodePorts(At spec) {
        if (spec.at("type").is("NodePort")) {
            return true;
        }
        At allocate = spec.at("allocateLoadBalancerNodePorts");
        return spec.at("type").is("LoadBalancer") && (!allocate.isSet() || allocate.isTrue());
    }

    static boolean usesHealthCheckNodePort(At spec) {
        return spec.at("type").is("LoadBalancer")
                && spec.at("externalTrafficPolicy").is("Local");
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
        if (usesClusterIp(after) && usesClusterIp(before)) {
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
        if (usesNodePorts(after) && usesNodePorts(before)) {
            keepNodePorts(spec, before);
        }
        if (usesHealthCheckNodePort(after)
                && usesHealthCheckNodePort(before)
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
        if (usesClusterIp(before)
                && !usesClusterIp(after)
                && Trees.same(spec.path("clusterIP"), before.at("clusterIP").node())) {
            spec.remove(List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"));
        }
        if (usesNodePorts(before) && !usesNodePorts(after)) {
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
        if (usesHealthCheckNodePort(before) && !usesHealthCheckNodePort(after)) {
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
}

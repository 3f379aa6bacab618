package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What may be wrong with a service.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidateService, ValidateServiceUpdate).
 */
final class ServiceChecks {
    private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");
    private static final List<String> FAMILIES = List.of("IPv4", "IPv6");
    private static final List<String> FAMILY_POLICIES = List.of("PreferDualStack", "RequireDualStack", "SingleStack");
    private static final List<String> POLICIES = List.of("Cluster", "Local");
    private static final String HINTS = "service.kubernetes.io/topology-aware-hints";
    private static final String MODE = "service.kubernetes.io/topology-mode";
    private static final String SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges";
    private static final String BALANCED = "may only be used when `type` is 'LoadBalancer'";

    private ServiceChecks() {}

    static void check(At service, Problems problems) {
        At spec = service.at("spec");
        String type = spec.at("type").text();
        topology(service.at("metadata", "annotations"), problems);
        boolean headless = isHeadless(spec);
        if (spec.at("ports").isEmpty() && !headless && !type.equals("ExternalName")) {
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
        spec.at("ports").items().forEach(port -> port(port, problems));
        names(spec.at("ports"), problems);
        ObjectMetaRules.labels(spec.at("selector"), problems);
        affinity(spec, problems);
        if (!type.equals("ExternalName")) {
            addresses(spec, headless, problems);
        }
        for (At ip : spec.at("externalIPs").items()) {
            if (IpChecks.parse(ip.text()).isEmpty()) {
                IpChecks.address(ip, problems);
            } else {
                EndpointRules.reachable(ip, problems);
            }
        }
        problems.oneOf(spec.at("type"), ServiceRules.TYPES);
        duplicates(spec, problems);
        sources(service, type, problems);
        At allocate = spec.at("allocateLoadBalancerNodePorts");
        if (allocate.isSet() && !type.equals("LoadBalancer")) {
            problems.forbidden(allocate, BALANCED);
        } else if (!allocate.isSet() && type.equals("LoadBalancer")) {
            problems.required(service.at("allocateLoadBalancerNodePorts"), "");
        }
        At balancer = spec.at("loadBalancerClass");
        if (balancer.isSet()) {
            if (type.equals("LoadBalancer")) {
                problems.grammar(balancer, Names::qualifiedName);
            } else {
                problems.forbidden(balancer, BALANCED);
            }
        }
        traffic(spec, type, problems);
    }

    private static boolean isHeadless(At spec) {
        return spec.at("clusterIPs").size() == 1
                && spec.at("clusterIPs").item(0).is("None");
    }

    private static void topology(At annotations, Problems problems) {
        At mode = annotations.key(MODE);
        if (mode.isSet()
                && annotations.key(HINTS).isSet()
                && !mode.is(annotations.key(HINTS).text())) {
            problems.invalid(mode, mode.text(), "must match annotations[" + HINTS + "] when both are specified");
        }
    }

    private static void externalName(At spec, Problems problems) {
        String why = "may not be set for ExternalName services";
        for (String field : List.of("clusterIPs", "ipFamilies", "ipFamilyPolicy")) {
            if (!spec.at(field).isEmpty()) {
                problems.forbidden(spec.at(field), why);
            }
        }
        At name = spec.at("externalName");
        String text =
                name.text().endsWith(".") ? name.text().substring(0, name.text().length() - 1) : name.text();
        if (text.isEmpty()) {
            problems.required(name, "");
        } else {
            Names.dns1123Subdomain(text).forEach(complaint -> problems.invalid(name, text, complaint));
        }
    }

    private static void port(At port, Problems problems) {
        At number = port.at("port");
        if (!port.at("name").isEmpty()) {
            problems.grammar(port.at("name"), Names::dns1123Label);
        }
        Names.portNumber(number.number()).forEach(complaint -> problems.invalid(number, number.number(), complaint));
        problems.oneOf(port.at("protocol"), PROTOCOLS);
        ProbeChecks.port(port.at("targetPort"), problems);
        if (port.at("appProtocol").isSet()) {
            problems.grammar(port.at("appProtocol"), Names::qualifiedName);
        }
    }

    /** Of several ports each needs a name. */
    private static void names(At ports, Problems problems) {
        Set<String> names = new HashSet<>();
        for (At port : ports.items()) {
            At name = port.at("name");
            if (name.isEmpty()) {
                if (ports.size() > 1) {
                    problems.required(name, "");
                }
            } else if (!names.add(name.text())) {
                problems.duplicate(name, name.text());
            }
        }
    }

    private static void affinity(At spec, Problems problems) {
        At affinity = spec.at("sessionAffinity");
        problems.oneOf(affinity, List.of("ClientIP", "None"));
        At config = spec.at("sessionAffinityConfig");
        if (affinity.is("ClientIP")) {
            At timeout = config.at("clientIP", "timeoutSeconds");
            for (At step : List.of(config, config.at("clientIP"), timeout)) {
                if (!step.isSet()) {
                    problems.required(step, "when session affinity type is ClientIP");
                    return;
                }
            }
            if (timeout.number() <= 0 || timeout.number() > 86_400) {
                problems.invalid(timeout, timeout.number(), "must be greater than 0 and less than 86400");
            }
        } else if (affinity.is("None") && config.isSet()) {
            problems.forbidden(config, "must not be set when session affinity is None");
        }
    }

    /** Addresses and families agree with each other and with the single address. */
    private static void addresses(At spec, boolean headless, Problems problems) {
        At single = spec.at("clusterIP");
        At ips = spec.at("clusterIPs");
        if (single.isEmpty()) {
            if (!ips.isEmpty()) {
                problems.invalid(ips, "must be empty when `clusterIP` is not specified");
            }
        } else if (ips.isEmpty()) {
            problems.required(ips, "");
        } else if (!ips.item(0).is(single.text())) {
            problems.invalid(ips, "first value must match `clusterIP`");
        }
        At families = spec.at("ipFamilies");
        for (At family : families.items()) {
            if (!FAMILIES.contains(family.text())) {
                problems.notSupported(family, family.text(), FAMILIES);
            }
        }
        problems.unique(families, At::text);
        At policy = spec.at("ipFamilyPolicy");
        if (policy.isSet() && !FAMILY_POLICIES.contains(policy.text())) {
            problems.notSupported(policy, policy.text(), FAMILY_POLICIES);
        }
        boolean valid = true;
        List<At> items = ips.items();
        for (int i = 0; i < items.size(); i++) {
            if (i == 0 && items.get(i).is("None")) {
                if (items.size() > 1) {
                    valid = false;
                    problems.invalid(ips, "'None' must be the first and only value");
                }
            } else {
                valid &= IpChecks.parse(items.get(i).text()).isPresent();
                IpChecks.address(items.get(i), problems);
            }
        }
        if (items.size() > 2) {
            problems.invalid(ips, "may only hold up to 2 values");
        }
        if (!valid) {
            return;
        }
        if (items.size() > 1 && isSix(items.get(0)) == isSix(items.get(1))) {
            problems.invalid(ips, "may specify no more than one IP for each IP family");
        }
        for (int i = 0; !headless && i < Math.min(items.size(), families.size()); i++) {
            String family = families.item(i).text();
            if (FAMILIES.contains(family) && isSix(items.get(i)) != family.equals("IPv6")) {
                problems.invalid(
                        items.get(i), "expected an " + family + " value as indicated by `ipFamilies[" + i + "]`");
            }
        }
    }

    private static boolean isSix(At ip) {
        Optional<InetAddress> address = IpChecks.parse(ip.text());
        return address.isPresent() && address.get().getAddress().length == 16;
    }

    private static void duplicates(At spec, Problems problems) {
        Set<String> nodePorts = new HashSet<>();
        Set<String> ports = new HashSet<>();
        if (spec.at("type").is("ClusterIP")) {
            for (At port : spec.at("ports").items()) {
                if (port.at("nodePort").number() != 0) {
                    problems.forbidden(port.at("nodePort"), "may not be used when `type` is 'ClusterIP'");
                }
            }
        }
        for (At port : spec.at("ports").items()) {
            At nodePort = port.at("nodePort");
            if (nodePort.number() != 0 && !nodePorts.add(port.at("protocol").text() + nodePort.number())) {
                problems.duplicate(nodePort, nodePort.number());
            }
        }
        for (At port : spec.at("ports").items()) {
            if (!ports.add(port.at("protocol").text() + port.at("port").number())) {
                problems.duplicate(port, port.value());
            }
        }
    }

    /** Who may use the load balancer; upstream spells the field with a capital. */
    private static void sources(At service, String type, Problems problems) {
        At list = service.at("spec", "loadBalancerSourceRanges");
        At annotation = service.at("metadata", "annotations").key(SOURCE_RANGES);
        if (!list.isEmpty()) {
            At place = service.at("spec", "LoadBalancerSourceRanges").with(list.node());
            if (!type.equals("LoadBalancer")) {
                problems.forbidden(place, BALANCED);
            }
            for (At block : place.items()) {
                block(block, block.text().strip(), problems);
            }
        } else if (annotation.isSet()) {
            if (!type.equals("LoadBalancer")) {
                problems.forbidden(annotation, BALANCED);
            }
            if (!annotation.text().isBlank()) {
                for (String block : annotation.text().strip().split(",", -1)) {
                    block(annotation, block.strip(), problems);
                }
            }
        }
    }

    private static void block(At at, String block, Problems problems) {
        if (!IpChecks.isBlock(block)) {
            problems.invalid(at, block, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
        }
    }

    private static void traffic(At spec, String type, Problems problems) {
        At external = spec.at("externalTrafficPolicy");
        boolean accessible = type.equals("NodePort")
                || type.equals("LoadBalancer")
                || (type.equals("ClusterIP") && !spec.at("externalIPs").isEmpty());
        if (accessible) {
            problems.oneOf(external, POLICIES);
        } else if (!external.isEmpty()) {
            problems.invalid(external, "may only be set for externally-accessible services");
        }
        At health = spec.at("healthCheckNodePort");
        if (!ServiceRules.usesHealthCheckNodePort(spec)) {
            if (health.number() != 0) {
                problems.invalid(
                        health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
            }
        } else if (health.number() == 0) {
            problems.required(health, "");
        } else {
            Names.portNumber(health.number()).forEach(complaint -> problems.invalid(health, complaint));
        }
        At internal = spec.at("internalTrafficPolicy");
        if (internal.isSet()) {
            if (!POLICIES.contains(internal.text())) {
                problems.notSupported(internal, internal.text(), POLICIES);
            }
        } else if (ServiceRules.usesClusterIp(spec)) {
            problems.required(internal, "");
        }
        problems.oneOfIfSet(spec.at("trafficDistribution"), List.of("PreferClose", "PreferSameNode", "PreferSameZone"));
    }

    static void checkUpdate(At now, At old, Problems problems) {
        At spec = now.at("spec");
        At before = old.at("spec");
        boolean external =
                spec.at("type").is("ExternalName") || before.at("type").is("ExternalName");
        boolean headless = isHeadless(spec);
        if (!external && !(headless && isHeadless(before))) {
            changed(spec.at("clusterIPs"), before.at("clusterIPs"), "clusterIP", spec, problems);
        }
        if (!external && !headless && !isHeadless(before)) {
            changed(spec.at("ipFamilies"), before.at("ipFamilies"), "ipFamily", spec, problems);
        }
        boolean balanced =
                spec.at("type").is("LoadBalancer") && before.at("type").is("LoadBalancer");
        At balancer = spec.at("loadBalancerClass");
        boolean same = balancer.isSet() == before.at("loadBalancerClass").isSet()
                && balancer.is(before.at("loadBalancerClass").text());
        if (balanced && !same) {
            problems.invalid(balancer, balancer.isSet() ? balancer.text() : null, "may not change once set");
        }
        boolean health = ServiceRules.usesHealthCheckNodePort(spec) && ServiceRules.usesHealthCheckNodePort(before);
        if (health
                && spec.at("healthCheckNodePort").number()
                        != before.at("healthCheckNodePort").number()) {
            problems.forbidden(spec.at("healthCheckNodePort"), "field is immutable");
        }
    }

    /** A second address or family may come and go; the first one stays. */
    private static void changed(At now, At old, String what, At spec, Problems problems) {
        List<String> after = now.texts();
        List<String> before = old.texts();
        Object shown = now.isSet() ? now.node() : null;
        if (after.size() == before.size()) {
            for (int i = 0; i < before.size(); i++) {
                if (!before.get(i).equals(after.get(i))) {
                    problems.invalid(now.item(what.equals("ipFamily") ? 0 : i), shown, "may not change once set");
                }
            }
            return;
        }
        if (after.isEmpty()) {
            problems.invalid(now.item(0), shown, "primary " + what + " can not be unset");
        } else if (!before.isEmpty() && !before.get(0).equals(after.get(0))) {
            problems.invalid(now.item(0), shown, "may not change once set");
        }
        if (before.size() > after.size()
                && after.size() == 1
                && !spec.at("ipFamilyPolicy").is("SingleStack")) {
            At policy = spec.at("ipFamilyPolicy");
            problems.invalid(
                    policy,
                    policy.isSet() ? policy.text() : null,
                    "must be set to 'SingleStack' when releasing the secondary " + what);
        }
    }

    static void checkStatus(At service, Problems problems) {
        At status = service.at("status", "loadBalancer");
        if (!service.at("spec", "type").is("LoadBalancer")
                && !status.at("ingress").isEmpty()) {
            problems.forbidden(status.at("ingress"), "may only be used when `spec.type` is 'LoadBalancer'");
            return;
        }
        for (At ingress : status.at("ingress").items()) {
            At mode = ingress.at("ipMode");
            boolean addressed = !ingress.at("ip").isEmpty();
            IpChecks.addressIfSet(ingress.at("ip"), problems);
            if (!mode.isSet() && addressed) {
                problems.required(mode, "must be specified when `ip` is set");
            } else if (mode.isSet() && !addressed) {
                problems.forbidden(mode, "may not be specified when `ip` is not set");
            } else if (mode.isSet() && !List.of("Proxy", "VIP").contains(mode.text())) {
                problems.notSupported(mode, mode.text(), List.of("Proxy", "VIP"));
            }
            hostname(ingress.at("hostname"), problems);
        }
    }

    /** A name that is no address. */
    static void hostname(At hostname, Problems problems) {
        if (!hostname.isEmpty()) {
            problems.grammar(hostname, Names::dns1123Subdomain);
            if (IpChecks.parse(hostname.text()).isPresent()) {
                problems.invalid(hostname, "must be a DNS name, not an IP address");
            }
        }
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Container;
import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules of pod specs, in pods and in the templates of workloads.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodSpec).
 */
final class PodSpecChecks {
    private static final int LONGEST_SEARCH = 2048;

    private PodSpecChecks() {}

    static void check(At spec, boolean ofPod, Problems problems) {
        VolumeChecks.check(spec.at("volumes"), problems);
        claims(spec.at("resourceClaims"), problems);
        ContainerChecks.check(spec, problems);
        if (!spec.at("resources").isEmpty()) {
            PodResourceChecks.check(spec, problems);
        }
        ContainerChecks.checkHostNetwork(spec, ofPod, problems);
        problems.oneOf(spec.at("restartPolicy"), List.of("Always", "OnFailure", "Never"));
        problems.oneOf(spec.at("dnsPolicy"), List.of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"));
        ObjectMetaRules.labels(spec.at("nodeSelector"), problems);
        SecurityChecks.pod(spec, problems);
        SchedulingChecks.affinity(spec.at("affinity"), problems);
        dns(spec, problems);
        for (At gate : spec.at("readinessGates").items()) {
            problems.grammar(gate.at("conditionType"), Names::qualifiedName);
        }
        SchedulingChecks.gates(spec.at("schedulingGates"), problems);
        SchedulingChecks.spread(spec.at("topologySpreadConstraints"), problems);
        SecurityChecks.hostUsers(spec, problems);
        problems.grammarIfSet(spec.at("serviceAccountName"), Names::dns1123Subdomain);
        problems.grammarIfSet(spec.at("nodeName"), Names::dns1123Subdomain);
        At deadline = spec.at("activeDeadlineSeconds");
        if (deadline.isSet()) {
            Names.inRange(deadline.number(), 1, Integer.MAX_VALUE)
                    .forEach(complaint -> problems.invalid(deadline, complaint));
        }
        problems.grammarIfSet(spec.at("hostname"), Names::dns1123Label);
        problems.grammarIfSet(spec.at("subdomain"), Names::dns1123Label);
        SchedulingChecks.tolerations(spec.at("tolerations"), problems);
        for (At alias : spec.at("hostAliases").items()) {
            IpChecks.address(alias.at("ip"), problems);
            for (At name : alias.at("hostnames").items()) {
                problems.grammar(name, Names::dns1123Subdomain);
            }
        }
        problems.grammarIfSet(spec.at("priorityClassName"), Names::dns1123Subdomain);
        if (spec.at("runtimeClassName").isSet()) {
            problems.grammar(spec.at("runtimeClassName"), Names::dns1123Subdomain);
        }
        if (spec.at("preemptionPolicy").isSet()) {
            problems.oneOf(spec.at("preemptionPolicy"), List.of("PreemptLowerPriority", "Never"));
        }
        overhead(spec.at("overhead"), problems);
        if (spec.at("os").isSet()) {
            system(spec, problems);
        }
    }

    /** Upstream checks it as if it were limits. */
    private static void overhead(At overhead, Problems problems) {
        for (var entry : overhead.entries()) {
            At at = overhead.at("limits")
                    .key(entry.getKey())
                    .with(entry.getValue().node());
            ResourceChecks.containerResource(entry.getKey(), at, problems);
            ResourceChecks.amount(entry.getKey(), at, problems);
        }
    }

    private static void claims(At claims, Problems problems) {
        Set<String> names = new HashSet<>();
        for (At claim : claims.items()) {
            At name = claim.at("name");
            if (name.isEmpty()) {
                problems.required(name, "");
            } else if (!names.add(name.text())) {
                problems.duplicate(name, name.text());
            } else {
                problems.grammar(name, Names::dns1123Label);
            }
            At own = claim.at("resourceClaimName");
            At template = claim.at("resourceClaimTemplateName");
            if (own.isSet() && template.isSet()) {
                problems.invalid(
                        claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
            } else if (!own.isSet() && !template.isSet()) {
                problems.invalid(claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
            }
            for (At reference : List.of(own, template)) {
                if (reference.isSet()) {
                    problems.grammar(reference, Names::dns1123Subdomain);
                }
            }
        }
    }

    private static void dns(At spec, Problems problems) {
        At config = spec.at("dnsConfig");
        At servers = config.at("nameservers");
        if (spec.at("dnsPolicy").is("None")) {
            if (!config.isSet()) {
                problems.required(config, "must provide `dnsConfig` when `dnsPolicy` is None");
                return;
            }
            if (servers.isEmpty()) {
                problems.required(servers, "must provide at least one DNS nameserver when `dnsPolicy` is None");
                return;
            }
        }
        if (!config.isSet()) {
            return;
        }
        if (servers.size() > 3) {
            problems.invalid(servers, "must not have more than 3 nameservers");
        }
        servers.items().forEach(server -> IpChecks.address(server, problems));
        At searches = config.at("searches");
        if (searches.size() > 32) {
            problems.invalid(searches, "must not have more than 32 search paths");
        }
        if (Names.utf8Length(String.join(" ", searches.texts())) > LONGEST_SEARCH) {
            problems.invalid(searches, "must not have more than 2048 characters (including spaces) in the search list");
        }
        for (At search : searches.items()) {
            String text = search.text();
            if (!text.equals(".")) {
                String path = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
                Names.underscoredSubdomain(path).forEach(complaint -> problems.invalid(search, path, complaint));
            }
        }
        for (At option : config.at("options").items()) {
            if (option.at("name").isEmpty()) {
                problems.required(option, "must not be empty");
            }
        }
    }

    private static void system(At spec, Problems problems) {
        At system = spec.at("os");
        At name = system.at("name");
        switch (name.text()) {
            case "linux" -> {
                String not = "windows options cannot be set for a linux pod";
                forbid(spec.at("securityContext"), List.of("windowsOptions"), not, problems);
                for (Container container : Containers.initFirst(spec)) {
                    forbid(container.at().at("securityContext"), List.of("windowsOptions"), not, problems);
                }
            }
            case "windows" -> windows(spec, problems);
            case "" -> problems.required(name, "cannot be empty");
            default -> problems.notSupported(system, name.text(), List.of("linux", "windows"));
        }
    }

    private static void forbid(At parent, List<String> fields, String why, Problems problems) {
        for (String field : fields) {
            At at = parent.at(field);
            boolean plainFalse = field.startsWith("host") && at.node().isBoolean() && !at.isTrue();
            if (at.isSet() && !(plainFalse && !field.equals("hostUsers"))) {
                problems.forbidden(at, why);
            }
        }
    }

    private static void windows(At spec, Problems problems) {
        String not = "cannot be set for a windows pod";
        forbid(spec.at("securityContext"), List.of("appArmorProfile", "seLinuxOptions"), not, problems);
        forbid(spec, List.of("hostUsers", "hostPID", "hostIPC"), not, problems);
        forbid(
                spec.at("securityContext"),
                List.of("seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls"),
                not,
                problems);
        forbid(spec, List.of("shareProcessNamespace"), not, problems);
        forbid(
                spec.at("securityContext"),
                List.of(
                        "runAsUser",
                        "runAsGroup",
                        "supplementalGroups",
                        "supplementalGroupsPolicy",
                        "seLinuxChangePolicy"),
                not,
                problems);
        for (Container container : Containers.initFirst(spec)) {
            forbid(
                    container.at().at("securityContext"),
                    List.of(
                            "appArmorProfile",
                            "seLinuxOptions",
                            "seccompProfile",
                            "capabilities",
                            "readOnlyRootFilesystem",
                            "privileged",
                            "allowPrivilegeEscalation",
                            "procMount",
                            "runAsUser",
                            "runAsGroup"),
                    not,
                    problems);
        }
    }
}

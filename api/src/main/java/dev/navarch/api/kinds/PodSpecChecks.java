package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;

/**
 * The rules of pod specs, in pods and in the templates of workloads.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodSpec).
 */
final class PodSpecChecks {
    private PodSpecChecks() {}

    static void check(At spec, Problems problems) {
        VolumeChecks.check(spec.at("volumes"), problems);
        ContainerChecks.check(spec, problems);
        problems.oneOf(spec.at("restartPolicy"), List.of("Always", "OnFailure", "Never"));
        problems.oneOf(spec.at("dnsPolicy"), List.of("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"));
        SchedulingChecks.check(spec, problems);
        SecurityChecks.pod(spec, problems);
        problems.grammarIfSet(spec.at("nodeName"), Names::dns1123Subdomain);
        problems.grammarIfSet(spec.at("serviceAccountName"), Names::dns1123Subdomain);
        problems.grammarIfSet(spec.at("priorityClassName"), Names::dns1123Subdomain);
        problems.grammarIfSet(spec.at("runtimeClassName"), Names::dns1123Subdomain);
        problems.grammarIfSet(spec.at("hostname"), Names::dns1123Label);
        problems.grammarIfSet(spec.at("subdomain"), Names::dns1123Label);
        At deadline = spec.at("activeDeadlineSeconds");
        if (deadline.isSet()) {
            Names.inRange(deadline.number(), 1, Integer.MAX_VALUE)
                    .forEach(complaint -> problems.invalid(deadline, complaint));
        }
        for (At alias : spec.at("hostAliases").items()) {
            IpChecks.address(alias.at("ip"), problems);
            for (At name : alias.at("hostnames").items()) {
                problems.grammar(name, Names::dns1123Subdomain);
            }
        }
        for (At gate : spec.at("readinessGates").items()) {
            problems.grammar(gate.at("conditionType"), Names::qualifiedName);
        }
        problems.oneOfIfSet(spec.at("preemptionPolicy"), List.of("PreemptLowerPriority", "Never"));
        problems.oneOfIfSet(spec.at("os", "name"), List.of("linux", "windows"));
        dns(spec, problems);
        ResourceChecks.requirements(spec.at("resources"), problems);
        spec.at("overhead")
                .entries()
                .forEach(entry -> ResourceChecks.amount(entry.getKey(), entry.getValue(), problems));
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
        if (servers.size() > 3) {
            problems.invalid(servers, "must not have more than 3 nameservers");
        }
        servers.items().forEach(server -> IpChecks.address(server, problems));
        if (config.at("searches").size() > 32) {
            problems.invalid(config.at("searches"), "must not have more than 32 search paths");
        }
        for (At option : config.at("options").items()) {
            problems.requiredText(option.at("name"));
        }
    }
}

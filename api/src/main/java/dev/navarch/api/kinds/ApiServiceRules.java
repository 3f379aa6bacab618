package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Versions of groups that another server serves.
 *
 * <p>Source: kube-aggregator pkg/apis/apiregistration/v1/defaults.go, pkg/apis/apiregistration/validation/validation.go,
 * pkg/registry/apiservice/strategy.go.
 */
final class ApiServiceRules {
    private ApiServiceRules() {}

    static Map<String, KindRules> all() {
        return Map.of("apiregistration.k8s.io/APIService", apiService());
    }

    private static KindRules apiService() {
        return Kind.clustered(Names::pathSegment)
                .defaults(service -> {
                    if (service.path("spec").path("service") instanceof ObjectNode reference) {
                        Defaults.put(reference, "port", 443);
                    }
                })
                .status()
                .conditionalUpdateOnly()
                .beforeCreate(ApiServiceRules::available)
                .check(ApiServiceRules::check)
                .checkStatus((now, old, problems) -> {
                    for (At condition : now.at("status", "conditions").items()) {
                        At status = condition.at("status");
                        if (!ConditionChecks.STATUSES.contains(status.text())) {
                            problems.notSupported(status, status.text(), List.of("True", "False", "Unknown"));
                        }
                    }
                })
                .build();
    }

    /** What this server serves itself is there at once. */
    private static void available(ObjectNode service) {
        if (service.path("spec").path("service").isObject()) {
            return;
        }
        ObjectNode condition = At.object(service, "status")
                .putArray("conditions")
                .addObject()
                .put("type", "Available")
                .put("status", "True");
        if (service.path("metadata").path("creationTimestamp").isString()) {
            condition.set("lastTransitionTime", service.path("metadata").get("creationTimestamp"));
        }
        condition.put("reason", "Local").put("message", "Local APIServices are always available");
    }

    private static void check(At apiService, Problems problems) {
        At spec = apiService.at("spec");
        At group = spec.at("group");
        At version = spec.at("version");
        At name = apiService.at("metadata", "name");
        String required = version.text() + "." + group.text();
        if (!name.is(required) && Names.pathSegment(name.text()).isEmpty()) {
            problems.invalid(name, "must be `spec.version+\".\"+spec.group`: \"" + required + "\"");
        }
        if (group.isEmpty() && !version.is("v1")) {
            problems.required(group, "only v1 may have an empty group and it better be legacy kube");
        }
        problems.grammarIfSet(group, Names::dns1123Subdomain);
        problems.grammar(version, Names::dns1035Label);
        priority(spec.at("groupPriorityMinimum"), 20_000, problems);
        priority(spec.at("versionPriority"), 1_000, problems);
        At service = spec.at("service");
        At bundle = spec.at("caBundle");
        At insecure = spec.at("insecureSkipTLSVerify");
        if (!service.isSet()) {
            if (!bundle.isEmpty()) {
                problems.invalid(
                        bundle,
                        ConfigRules.decodedLength(bundle) + " bytes",
                        "local APIServices may not have a caBundle");
            }
            if (insecure.isTrue()) {
                problems.invalid(insecure, "local APIServices may not have insecureSkipTLSVerify");
            }
            return;
        }
        problems.requiredText(service.at("namespace"));
        problems.requiredText(service.at("name"));
        At port = service.at("port");
        List<String> complaints = Names.portNumber(port.number());
        if (!complaints.isEmpty()) {
            problems.invalid(port, port.number(), "port is not valid: " + String.join(", ", complaints));
        }
        if (insecure.isTrue() && !bundle.isEmpty()) {
            problems.invalid(insecure, "may not be true if caBundle is present");
        }
    }

    private static void priority(At priority, int most, Problems problems) {
        if (priority.number() <= 0 || priority.number() > most) {
            problems.invalid(priority, priority.number(), "must be positive and less than " + most);
        }
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Classes of devices and claims of them. Whether selectors compile is checked elsewhere.
 *
 * <p>Source: kubernetes pkg/apis/resource/v1/defaults.go, pkg/apis/resource/validation/validation.go,
 * pkg/registry/resource.
 */
final class DeviceRules {
    static final List<String> EFFECTS = List.of("NoExecute", "NoSchedule", "None");
    private static final String GROUP = "resource.k8s.io/";
    private static final int MOST = 32;
    private static final int MOST_ALTERNATIVES = 8;
    private static final int LONGEST_EXPRESSION = 10 * 1024;
    private static final int LONGEST_PARAMETERS = 10 * 1024;
    private static final int LONGEST_POOL = 253;

    private DeviceRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                GROUP + "DeviceClass", deviceClass(),
                GROUP + "ResourceClaim", claim(),
                GROUP + "ResourceClaimTemplate", template());
    }

    private static KindRules deviceClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .counts("spec")
                .check((deviceClass, problems) -> {
                    At spec = deviceClass.at("spec");
                    problems.items(spec.at("selectors"), MOST, DeviceRules::selector);
                    problems.items(spec.at("config"), MOST, DeviceRules::configuration);
                    At name = spec.at("extendedResourceName");
                    if (name.isSet() && !ResourceChecks.isExtended(name.text())) {
                        problems.invalid(name, name.text(), "must be a valid extended resource name");
                    }
                })
                .build();
    }

    private static KindRules claim() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(claim -> devicesDefaults(claim.path("spec")))
                .status()
                .check((claim, problems) -> devices(claim.at("spec", "devices"), problems))
                .immutable("spec")
                .checkStatus((now, old, problems) -> DeviceClaimStatus.check(now, old, problems))
                .build();
    }

    private static KindRules template() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(template -> devicesDefaults(template.path("spec").path("spec")))
                .checkCreate((template, problems) -> {
                    At metadata = template.at("spec", "metadata");
                    ObjectMetaRules.annotations(metadata.at("annotations"), problems);
                    ObjectMetaRules.labels(metadata.at("labels"), problems);
                    for (String field : metadata.node().propertyNames()) {
                        if (!field.equals("annotations")
                                && !field.equals("labels")
                                && !metadata.at(field).isEmpty()) {
                            problems.forbidden(metadata.at(field), "cannot be set");
                        }
                    }
                    devices(template.at("spec", "spec", "devices"), problems);
                })
                .immutable("spec")
                .build();
    }

    private static void devicesDefaults(JsonNode spec) {
        for (ObjectNode request : At.objects(spec.path("devices").path("requests"))) {
            if (request.path("exactly") instanceof ObjectNode exactly) {
                requestDefaults(exactly);
            }
            At.objects(request.path("firstAvailable")).forEach(DeviceRules::requestDefaults);
        }
    }

    private static void requestDefaults(ObjectNode request) {
        Defaults.put(request, "allocationMode", "ExactCount");
        if (request.path("allocationMode").asString("").equals("ExactCount")) {
            Defaults.putIfZero(request, "count", 1);
        }
        At.objects(request.path("tolerations")).forEach(toleration -> Defaults.put(toleration, "operator", "Equal"));
    }

    private static void devices(At devices, Problems problems) {
        Set<String> names = requestNames(devices);
        problems.set(
                devices.at("requests"),
                MOST,
                DeviceRules::request,
                request -> request.at("name").text());
        problems.items(devices.at("constraints"), MOST, (constraint, found) -> constraint(constraint, names, found));
        problems.items(devices.at("config"), MOST, (config, found) -> {
            references(config.at("requests"), names, found);
            configuration(config, found);
        });
    }

    /** The names by which others refer to requests: their own, and those of alternatives behind a slash. */
    static Set<String> requestNames(At devices) {
        Set<String> names = new HashSet<>();
        for (At request : devices.at("requests").items()) {
            String name = request.at("name").text();
            names.add(name);
            for (At alternative : request.at("firstAvailable").items()) {
                names.add(name + "/" + alternative.at("name").text());
            }
        }
        return names;
    }

    private static void request(At request, Problems problems) {
        problems.grammar(request.at("name"), Names::dns1123Label);
        At exactly = request.at("exactly");
        At alternatives = request.at("firstAvailable");
        String one = "exactly one of `exactly` or `firstAvailable` is required";
        if (exactly.isSet() && !alternatives.isEmpty()) {
            problems.invalid(request, null, one + ", but multiple fields are set");
        } else if (exactly.isSet()) {
            wanted(exactly, problems);
        } else if (!alternatives.isEmpty()) {
            BiConsumer<At, Problems> check = (alternative, found) -> {
                found.grammar(alternative.at("name"), Names::dns1123Label);
                wanted(alternative, found);
            };
            problems.set(
                    alternatives,
                    MOST_ALTERNATIVES,
                    check,
                    alternative -> alternative.at("name").text());
        } else {
            problems.required(request, one);
        }
    }

    private static void wanted(At request, Problems problems) {
        problems.requiredGrammar(request.at("deviceClassName"), Names::dns1123Subdomain);
        problems.items(request.at("selectors"), MOST, DeviceRules::selector);
        At mode = request.at("allocationMode");
        At count = request.at("count");
        switch (mode.text()) {
            case "All" -> {
                if (count.number() != 0) {
                    problems.invalid(count, "must not be specified when allocationMode is 'All'");
                }
            }
            case "ExactCount" -> {
                if (count.number() <= 0) {
                    problems.invalid(count, count.number(), "must be greater than zero");
                }
            }
            default -> problems.notSupported(mode, mode.text(), List.of("All", "ExactCount"));
        }
        request.at("tolerations").items().forEach(toleration -> toleration(toleration, problems));
    }

    private static void selector(At selector, Problems problems) {
        At cel = selector.at("cel");
        if (!cel.isSet()) {
            problems.required(cel, "");
        } else {
            problems.notLonger(cel.at("expression"), LONGEST_EXPRESSION);
        }
    }

    private static void constraint(At constraint, Set<String> names, Problems problems) {
        references(constraint.at("requests"), names, problems);
        At match = constraint.at("matchAttribute");
        At distinct = constraint.at("distinctAttribute");
        if (match.isSet()) {
            fullyQualified(match, problems);
        } else if (distinct.isSet()) {
            fullyQualified(distinct, problems);
        } else {
            problems.required(
                    constraint,
                    "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are"
                            + " set");
        }
    }

    private static void fullyQualified(At name, Problems problems) {
        ResourceSliceRules.qualified(name.text(), name, problems);
        if (!name.text().contains("/")) {
            problems.invalid(
                    name, name.text(), "a fully qualified name must be a domain and a name separated by a slash");
        }
    }

    private static void references(At list, Set<String> names, Problems problems) {
        problems.set(list, MOST, (reference, found) -> reference(reference, names, found), At::text);
    }

    static void reference(At reference, Set<String> names, Problems problems) {
        String wrong = "must be the name of a request in the claim or the name of a request and a subrequest separated"
                + " by '/'";
        String[] segments = reference.text().split("/", -1);
        if (segments.length > 2) {
            problems.invalid(reference, reference.text(), wrong);
            return;
        }
        for (String segment : segments) {
            Names.dns1123Label(segment).forEach(complaint -> problems.invalid(reference, segment, complaint));
        }
        if (!names.contains(reference.text())) {
            problems.invalid(reference, reference.text(), wrong);
        }
    }

    static void configuration(At config, Problems problems) {
        At opaque = config.at("opaque");
        if (!opaque.isSet()) {
            problems.required(opaque, "");
            return;
        }
        CsiRules.driverName(opaque.at("driver"), problems);
        document(opaque.at("parameters"), LONGEST_PARAMETERS, problems);
    }

    /** An object of whatever form. */
    static void document(At document, int longest, Problems problems) {
        if (!document.isSet()) {
            problems.required(document, "");
        } else if (Names.utf8Length(document.node().toString()) > longest) {
            problems.tooLong(document, longest);
        } else if (!document.node().isObject()) {
            problems.invalid(document, "<value omitted>", "must be a valid JSON object");
        }
    }

    static void poolName(At name, Problems problems) {
        if (name.isEmpty()) {
            problems.required(name, "");
            return;
        }
        problems.notLonger(name, LONGEST_POOL);
        for (String part : name.text().split("/", -1)) {
            Names.dns1123Subdomain(part).forEach(complaint -> problems.invalid(name, part, complaint));
        }
    }

    private static void toleration(At toleration, Problems problems) {
        problems.grammarIfSet(toleration.at("key"), Names::qualifiedName);
        At operator = toleration.at("operator");
        At value = toleration.at("value");
        switch (operator.text()) {
            case "Exists" -> {
                if (!value.isEmpty()) {
                    problems.invalid(value, "must be empty for operator `Exists`");
                }
            }
            case "Equal" -> problems.grammar(value, Names::labelValue);
            case "" -> problems.required(operator, "");
            default -> problems.notSupported(operator, List.of("Equal", "Exists"));
        }
        problems.oneOfIfSet(toleration.at("effect"), EFFECTS);
    }

    /** What must hold of a device before a pod is bound to where it is. */
    static void binding(At device, Problems problems) {
        At conditions = device.at("bindingConditions");
        At failures = device.at("bindingFailureConditions");
        problems.set(conditions, 4, (name, found) -> found.grammar(name, Names::qualifiedName), At::text);
        problems.set(failures, 4, (name, found) -> found.grammar(name, Names::qualifiedName), At::text);
        for (At failure : failures.items()) {
            if (conditions.texts().contains(failure.text())) {
                problems.invalid(
                        failure, failure.text(), "bindingFailureConditions must not overlap with bindingConditions");
            }
        }
        if (conditions.isEmpty() && !failures.isEmpty()) {
            problems.invalid(conditions, null, "bindingConditions are required to use bindingFailureConditions");
        }
        if (failures.isEmpty() && !conditions.isEmpty()) {
            problems.invalid(failures, null, "bindingFailureConditions are required to use bindingConditions");
        }
    }
}

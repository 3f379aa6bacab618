package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which requests wait for which, and how many of them run.
 *
 * <p>Source: kubernetes pkg/apis/flowcontrol/v1/defaults.go, pkg/apis/flowcontrol/validation/validation.go,
 * apiserver pkg/apis/flowcontrol/bootstrap/default.go (the mandatory objects).
 */
final class FlowControlRules {
    private static final String GROUP = "flowcontrol.apiserver.k8s.io/";
    private static final List<String> VERBS =
            List.of("create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch");
    private static final int MOST_QUEUES = 10_000_000;
    private static final int HASH_BITS = 60;

    private FlowControlRules() {}

    static Map<String, KindRules> all() {
        return Map.of(GROUP + "FlowSchema", schema(), GROUP + "PriorityLevelConfiguration", level());
    }

    private static KindRules schema() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(Defaults.spec(spec -> Defaults.putIfZero(spec, "matchingPrecedence", 1_000)))
                .status()
                .counts("spec")
                .check(FlowControlRules::schema)
                .checkStatus((now, old, problems) -> conditions(now.at("status", "conditions"), problems))
                .build();
    }

    private static void schema(At schema, Problems problems) {
        At spec = schema.at("spec");
        String name = schema.at("metadata", "name").text();
        At precedence = spec.at("matchingPrecedence");
        if (precedence.number() <= 0) {
            problems.invalid(precedence, precedence.number(), "must be a positive value");
        }
        if (precedence.number() > 10_000) {
            problems.invalid(precedence, "must not be greater than 10000");
        }
        if (precedence.number() == 1 && !name.equals("exempt")) {
            problems.invalid(precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
        }
        At method = spec.at("distinguisherMethod");
        if (method.isSet()
                && !List.of("ByNamespace", "ByUser").contains(method.at("type").text())) {
            problems.notSupported(method.at("type"), method.value(), List.of("ByNamespace", "ByUser"));
        }
        At level = spec.at("priorityLevelConfiguration", "name");
        if (level.isEmpty()) {
            problems.required(level, "must reference a priority level");
        } else {
            problems.grammar(level, Names::dns1123Subdomain);
        }
        spec.at("rules").items().forEach(rule -> rule(rule, problems));
        mandatorySchema(name)
                .filter(fixed -> !Trees.same(fixed, spec.node()))
                .ifPresent(_ -> problems.invalid(spec, "spec of '" + name + "' must equal the fixed value"));
    }

    private static void rule(At rule, Problems problems) {
        if (rule.at("subjects").isEmpty()) {
            problems.required(rule.at("subjects"), "subjects must contain at least one value");
        }
        rule.at("subjects").items().forEach(subject -> subject(subject, problems));
        if (rule.at("resourceRules").isEmpty() && rule.at("nonResourceRules").isEmpty()) {
            problems.required(rule, "at least one of resourceRules and nonResourceRules has to be non-empty");
        }
        rule.at("resourceRules").items().forEach(resources -> resources(resources, problems));
        rule.at("nonResourceRules").items().forEach(paths -> paths(paths, problems));
    }

    private static void subject(At subject, Problems problems) {
        String kind = subject.at("kind").text();
        Map<String, String> fields = Map.of("ServiceAccount", "serviceAccount", "User", "user", "Group", "group");
        if (!fields.containsKey(kind)) {
            problems.notSupported(subject.at("kind"), List.of("Group", "ServiceAccount", "User"));
            return;
        }
        At own = subject.at(fields.get(kind));
        if (!own.isSet()) {
            problems.required(own, fields.get(kind) + " is required when subject kind is '" + kind + "'");
        } else {
            named(own, kind, problems);
        }
        for (String other : List.of("ServiceAccount", "User", "Group")) {
            At at = subject.at(fields.get(other));
            if (!other.equals(kind) && at.isSet()) {
                problems.forbidden(at, fields.get(other) + " is forbidden when subject kind is not '" + other + "'");
            }
        }
    }

    private static void named(At subject, String kind, Problems problems) {
        At name = subject.at("name");
        problems.requiredText(name);
        if (!kind.equals("ServiceAccount")) {
            return;
        }
        if (!name.isEmpty() && !name.is("*")) {
            problems.grammar(name, Names::dns1123Subdomain);
        }
        At namespace = subject.at("namespace");
        if (namespace.isEmpty()) {
            problems.required(namespace, "must specify namespace for service account");
        } else {
            problems.grammar(namespace, Names::dns1123Label);
        }
    }

    private static void verbs(At verbs, Problems problems) {
        if (verbs.isEmpty()) {
            problems.required(verbs, "verbs must contain at least one value");
        } else if (verbs.texts().contains("*")) {
            alone(verbs, "verbs", problems);
        } else if (!VERBS.containsAll(verbs.texts())) {
            problems.notSupported(verbs, VERBS);
        }
    }

    /** The wildcard makes everything beside it pointless. */
    private static void alone(At list, String what, Problems problems) {
        if (list.size() > 1 && list.texts().contains("*")) {
            problems.invalid(list, "if '*' is present, must not specify other " + what);
        }
    }

    private static void resources(At rule, Problems problems) {
        verbs(rule.at("verbs"), problems);
        if (rule.at("apiGroups").isEmpty()) {
            problems.required(rule.at("apiGroups"), "resource rules must supply at least one api group");
        }
        alone(rule.at("apiGroups"), "api groups", problems);
        if (rule.at("resources").isEmpty()) {
            problems.required(rule.at("resources"), "resource rules must supply at least one resource");
        }
        alone(rule.at("resources"), "resources", problems);
        At namespaces = rule.at("namespaces");
        if (namespaces.isEmpty()) {
            if (!rule.at("clusterScope").isTrue()) {
                problems.required(
                        namespaces, "resource rules that are not cluster scoped must supply at least one namespace");
            }
        } else if (namespaces.texts().contains("*")) {
            alone(namespaces, "namespaces", problems);
        } else {
            for (At namespace : namespaces.items()) {
                Names.dns1123Label(namespace.text())
                        .forEach(complaint -> problems.invalid(
                                namespace, "each member of this list must be '*' or a DNS-1123 label; " + complaint));
            }
        }
    }

    private static void paths(At rule, Problems problems) {
        verbs(rule.at("verbs"), problems);
        At urls = rule.at("nonResourceURLs");
        if (urls.isEmpty()) {
            problems.required(urls, "nonResourceURLs must contain at least one value");
        } else if (urls.texts().contains("*")) {
            alone(urls, "non-resource URLs", problems);
        } else {
            for (At url : urls.items()) {
                path(url.text()).ifPresent(complaint -> problems.invalid(url, complaint));
            }
        }
    }

    private static Optional<String> path(String path) {
        if (path.isEmpty()) {
            return Optional.of("must not be empty");
        }
        if (path.equals("/")) {
            return Optional.empty();
        }
        if (!path.startsWith("/")) {
            return Optional.of("must start with slash");
        }
        if (path.contains(" ")) {
            return Optional.of("must not contain white-space");
        }
        if (path.contains("//")) {
            return Optional.of("must not contain double slash");
        }
        int wildcard = path.indexOf('*');
        boolean suffix = wildcard < 0 || (wildcard == path.length() - 1 && path.endsWith("/*"));
        return suffix ? Optional.empty() : Optional.of("wildcard can only do suffix matching");
    }

    private static void conditions(At conditions, Problems problems) {
        for (At condition : conditions.items()) {
            if (condition.at("type").isEmpty()) {
                problems.required(condition.at("type"), "must not be empty");
            }
        }
    }

    private static KindRules level() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(Defaults.spec(FlowControlRules::levelDefaults))
                .status()
                .counts("spec")
                .check(FlowControlRules::level)
                .checkStatus((now, old, problems) -> conditions(now.at("status", "conditions"), problems))
                .build();
    }

    private static void levelDefaults(ObjectNode spec) {
        if (spec.path("exempt") instanceof ObjectNode exempt) {
            Defaults.put(exempt, "nominalConcurrencyShares", 0);
            Defaults.put(exempt, "lendablePercent", 0);
        }
        if (spec.path("limited") instanceof ObjectNode limited) {
            Defaults.put(limited, "nominalConcurrencyShares", 30);
            Defaults.put(limited, "lendablePercent", 0);
            if (limited.path("limitResponse").path("queuing") instanceof ObjectNode queuing) {
                Defaults.putIfZero(queuing, "handSize", 8);
                Defaults.putIfZero(queuing, "queues", 64);
                Defaults.putIfZero(queuing, "queueLengthLimit", 50);
            }
        }
    }

    private static void level(At level, Problems problems) {
        At spec = level.at("spec");
        String name = level.at("metadata", "name").text();
        At type = spec.at("type");
        At limited = spec.at("limited");
        At exempt = spec.at("exempt");
        if (name.equals("exempt") != type.is("Exempt")) {
            problems.invalid(type, type.text(), "type must be 'Exempt' if and only if name is 'exempt'");
        }
        switch (type.text()) {
            case "Exempt" -> {
                if (limited.isSet()) {
                    problems.forbidden(limited, "must be nil if the type is not Limited");
                }
                shares(exempt, problems);
            }
            case "Limited" -> {
                if (exempt.isSet()) {
                    problems.forbidden(exempt, "must be nil if the type is Limited");
                }
                if (!limited.isSet()) {
                    problems.required(limited, "must not be empty when type is Limited");
                } else {
                    limited(limited, problems);
                }
            }
            default -> problems.notSupported(type, type.text(), List.of("Exempt", "Limited"));
        }
        mandatoryLevel(name, spec, problems);
    }

    private static void shares(At level, Problems problems) {
        At shares = level.at("nominalConcurrencyShares");
        if (shares.number() < 0) {
            problems.invalid(shares, "must be a non-negative integer");
        }
        At lendable = level.at("lendablePercent");
        if (lendable.number() < 0 || lendable.number() > 100) {
            problems.invalid(lendable, "must be between 0 and 100, inclusive");
        }
    }

    private static void limited(At limited, Problems problems) {
        shares(limited, problems);
        At borrowing = limited.at("borrowingLimitPercent");
        if (borrowing.number() < 0) {
            problems.invalid(borrowing, "if specified, must be a non-negative integer");
        }
        At response = limited.at("limitResponse");
        At queuing = response.at("queuing");
        switch (response.at("type").text()) {
            case "Reject" -> {
                if (queuing.isSet()) {
                    problems.forbidden(queuing, "must be nil if limited.limitResponse.type is not Limited");
                }
            }
            case "Queue" -> {
                if (!queuing.isSet()) {
                    problems.required(queuing, "must not be empty if limited.limitResponse.type is Limited");
                } else {
                    queuing(queuing, problems);
                }
            }
            default ->
                problems.notSupported(response.at("type"), response.at("type").text(), List.of("Queue", "Reject"));
        }
    }

    private static void queuing(At queuing, Problems problems) {
        for (String field : List.of("queueLengthLimit", "queues", "handSize")) {
            if (queuing.at(field).number() <= 0) {
                problems.invalid(queuing.at(field), queuing.at(field).number(), "must be positive");
            }
        }
        long queues = queuing.at("queues").number();
        At hand = queuing.at("handSize");
        if (queues > MOST_QUEUES) {
            problems.invalid(queuing.at("queues"), "must not be greater than " + MOST_QUEUES);
        }
        if (hand.number() <= 0) {
            return;
        }
        if (hand.number() > queues) {
            problems.invalid(hand, "should not be greater than queues (" + queues + ")");
        } else if (Math.ceil(Math.log(queues) / Math.log(2) * hand.number()) > HASH_BITS) {
            problems.invalid(
                    hand,
                    "required entropy bits of deckSize " + queues + " and handSize " + hand.number()
                            + " should not be greater than " + HASH_BITS);
        }
    }

    /** The specs that two schemas must have, so that nobody locks himself out. */
    private static Optional<ObjectNode> mandatorySchema(String name) {
        ObjectNode spec = JsonNodeFactory.instance.objectNode();
        ObjectNode rule = JsonNodeFactory.instance.objectNode();
        switch (name) {
            case "exempt" -> {
                spec.put("matchingPrecedence", 1);
                group(rule, "system:masters");
            }
            case "catch-all" -> {
                spec.put("matchingPrecedence", 10_000);
                spec.putObject("distinguisherMethod").put("type", "ByUser");
                group(rule, "system:unauthenticated");
                group(rule, "system:authenticated");
            }
            default -> {
                return Optional.empty();
            }
        }
        spec.putObject("priorityLevelConfiguration").put("name", name);
        ObjectNode resources = rule.withArray("/resourceRules").addObject();
        for (String field : List.of("verbs", "apiGroups", "resources", "namespaces")) {
            resources.putArray(field).add("*");
        }
        resources.put("clusterScope", true);
        ObjectNode paths = rule.withArray("/nonResourceRules").addObject();
        paths.putArray("verbs").add("*");
        paths.putArray("nonResourceURLs").add("*");
        spec.putArray("rules").add(rule);
        return Optional.of(spec);
    }

    private static void group(ObjectNode rule, String name) {
        ObjectNode subject = rule.withArray("/subjects").addObject().put("kind", "Group");
        subject.putObject("group").put("name", name);
    }

    private static void mandatoryLevel(String name, At spec, Problems problems) {
        ObjectNode fixed = JsonNodeFactory.instance.objectNode();
        switch (name) {
            case "exempt" -> {
                fixed.put("type", "Exempt");
                if (spec.node().deepCopy() instanceof ObjectNode rest) {
                    rest.remove("exempt");
                    if (!Trees.same(fixed, rest)) {
                        problems.invalid(
                                spec, "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value");
                    }
                }
            }
            case "catch-all" -> {
                ObjectNode limited = fixed.put("type", "Limited").putObject("limited");
                limited.put("nominalConcurrencyShares", 5).put("lendablePercent", 0);
                limited.putObject("limitResponse").put("type", "Reject");
                if (!Trees.same(fixed, spec.node())) {
                    problems.invalid(spec, "spec of 'catch-all' must equal the fixed value");
                }
            }
            default -> {}
        }
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a job may say, and what of it an update may change.
 *
 * <p>Source: kubernetes pkg/apis/batch/validation/validation.go, pkg/registry/batch/job/strategy.go.
 */
final class JobChecks {
    private static final int MOST_INDEXED = 100_000;
    private static final int MOST_OF_MANY = 10_000;
    private static final int LONGEST_MANAGER = 63;
    private static final int MOST_RULES = 20;
    private static final int MOST_VALUES = 255;
    private static final int MOST_PATTERNS = 20;
    private static final int LONGEST_INDEXES = 64 * 1024;

    private static final List<String> ACTIONS = List.of("Count", "FailIndex", "FailJob", "Ignore");
    private static final List<String> OPERATORS = List.of("In", "NotIn");
    private static final List<String> STATUSES = List.of("False", "True", "Unknown");

    private JobChecks() {}

    static void check(At job, Problems problems) {
        At spec = job.at("spec");
        spec(spec, problems);
        At selector = spec.at("selector");
        if (!selector.isSet()) {
            problems.required(selector, "");
        } else {
            ObjectMetaRules.labelSelector(selector, problems);
        }
        At labels = spec.at("template", "metadata", "labels");
        if (!selector.isSet() || !ObjectMetaRules.matches(selector.node(), labels.node())) {
            problems.invalid(
                    labels, labels.isSet() ? labels.node() : null, "`selector` does not match template `labels`");
        }
        longestName(job, problems);
    }

    /** Pods of an indexed job are named by the job and their index. */
    private static void longestName(At job, Problems problems) {
        At spec = job.at("spec");
        long completions = spec.at("completions").number();
        if (isIndexed(spec) && completions > 0) {
            String last = job.at("metadata", "name").text() + "-" + (completions - 1);
            if (!Names.dns1123Label(last).isEmpty()) {
                problems.invalid(
                        job.at("metadata", "name"), "will not able to create pod with invalid DNS label: " + last);
            }
        }
    }

    private static boolean isIndexed(At spec) {
        return spec.at("completionMode").is("Indexed");
    }

    static void spec(At spec, Problems problems) {
        problems.notNegative(spec.at("parallelism"));
        problems.notNegative(spec.at("completions"));
        problems.notNegative(spec.at("activeDeadlineSeconds"));
        problems.notNegative(spec.at("backoffLimit"));
        problems.notNegative(spec.at("ttlSecondsAfterFinished"));
        problems.notNegative(spec.at("backoffLimitPerIndex"));
        problems.notNegative(spec.at("maxFailedIndexes"));
        if (spec.at("maxFailedIndexes").isSet()
                && !spec.at("backoffLimitPerIndex").isSet()) {
            problems.required(spec.at("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
        }
        if (spec.at("managedBy").isSet()) {
            PathChecks.domainPrefixed(spec.at("managedBy"), problems);
            problems.notLonger(spec.at("managedBy"), LONGEST_MANAGER);
        }
        At mode = spec.at("completionMode");
        if (mode.isSet() && !mode.is("NonIndexed") && !mode.is("Indexed")) {
            problems.notSupported(mode, List.of("NonIndexed", "Indexed"));
        }
        if (isIndexed(spec)) {
            indexed(spec, problems);
        } else if (!mode.isSet() || mode.is("NonIndexed")) {
            for (String field : List.of("backoffLimitPerIndex", "maxFailedIndexes")) {
                if (spec.at(field).isSet()) {
                    problems.invalid(spec.at(field), "requires indexed completion mode");
                }
            }
        }
        failurePolicy(spec, problems);
        successPolicy(spec, problems);
        replacement(spec, problems);
        PodRules.template(spec.at("template"), problems);
        restart(spec, problems);
    }

    private static void indexed(At spec, Problems problems) {
        At completions = spec.at("completions");
        At parallelism = spec.at("parallelism");
        At failed = spec.at("maxFailedIndexes");
        if (!completions.isSet()) {
            problems.required(completions, "when completion mode is Indexed");
        }
        if (parallelism.number() > MOST_INDEXED) {
            problems.invalid(
                    parallelism, "must be less than or equal to " + MOST_INDEXED + " when completion mode is Indexed");
        }
        if (completions.isSet() && failed.isSet() && failed.number() > completions.number()) {
            problems.invalid(failed, "must be less than or equal to completions");
        }
        if (failed.number() > MOST_INDEXED) {
            problems.invalid(failed, "must be less than or equal to " + MOST_INDEXED);
        }
        if (completions.number() <= MOST_INDEXED
                || !spec.at("backoffLimitPerIndex").isSet()) {
            return;
        }
        if (!failed.isSet()) {
            problems.required(failed, "must be specified when completions is above " + MOST_INDEXED);
        }
        for (At at : List.of(parallelism, failed)) {
            if (at.number() > MOST_OF_MANY) {
                problems.invalid(
                        at,
                        "must be less than or equal to " + MOST_OF_MANY + " when completions are above " + MOST_INDEXED
                                + " and used with backoff limit per index");
            }
        }
    }

    private static void replacement(At spec, Problems problems) {
        At policy = spec.at("podReplacementPolicy");
        List<String> supported =
                spec.at("podFailurePolicy").isSet() ? List.of("Failed") : List.of("Failed", "TerminatingOrFailed");
        if (policy.isSet() && !supported.contains(policy.text())) {
            problems.notSupported(policy, supported);
        }
    }

    private static void restart(At spec, Problems problems) {
        At policy = spec.at("template", "spec", "restartPolicy");
        if (policy.isEmpty() || policy.is("Always")) {
            problems.required(policy, "valid values: \"OnFailure\", \"Never\"");
        } else if (!policy.is("OnFailure") && !policy.is("Never")) {
            problems.notSupported(policy, List.of("OnFailure", "Never"));
        } else if (spec.at("podFailurePolicy").isSet() && !policy.is("Never")) {
            problems.invalid(policy, "only \"Never\" is supported when podFailurePolicy is specified");
        }
    }

    private static void failurePolicy(At spec, Problems problems) {
        At policy = spec.at("podFailurePolicy");
        if (!policy.isSet()) {
            return;
        }
        At rules = policy.at("rules");
        if (rules.size() > MOST_RULES) {
            problems.tooMany(rules, MOST_RULES);
        }
        Set<String> containers = new HashSet<>();
        At pod = spec.at("template", "spec");
        pod.at("containers")
                .items()
                .forEach(one -> containers.add(one.at("name").text()));
        pod.at("initContainers")
                .items()
                .forEach(one -> containers.add(one.at("name").text()));
        for (At rule : rules.items()) {
            failureRule(rule, spec, containers, problems);
        }
    }

    private static void failureRule(At rule, At spec, Set<String> containers, Problems problems) {
        At action = rule.at("action");
        if (action.is("FailIndex")) {
            if (!spec.at("backoffLimitPerIndex").isSet()) {
                problems.invalid(action, "requires the backoffLimitPerIndex to be set");
            }
        } else {
            choice(action, ACTIONS, problems);
        }
        At codes = rule.at("onExitCodes");
        At conditions = rule.at("onPodConditions");
        if (codes.isSet()) {
            exitCodes(codes, containers, problems);
        }
        if (conditions.size() > MOST_PATTERNS) {
            problems.tooMany(conditions, MOST_PATTERNS);
        }
        for (At pattern : conditions.items()) {
            problems.grammar(pattern.at("type"), Names::qualifiedName);
            choice(pattern.at("status"), STATUSES, problems);
        }
        if (codes.isSet() && !conditions.isEmpty()) {
            problems.invalidUnshown(rule, "specifying both OnExitCodes and OnPodConditions is not supported");
        } else if (!codes.isSet() && conditions.isEmpty()) {
            problems.invalidUnshown(rule, "specifying one of OnExitCodes and OnPodConditions is required");
        }
    }

    private static void choice(At at, List<String> supported, Problems problems) {
        if (at.isEmpty()) {
            problems.required(at, "valid values: [\"" + String.join("\" \"", supported) + "\"]");
        } else if (!supported.contains(at.text())) {
            problems.notSupported(at, supported);
        }
    }

    private static void exitCodes(At codes, Set<String> containers, Problems problems) {
        At operator = codes.at("operator");
        choice(operator, OPERATORS, problems);
        At container = codes.at("containerName");
        if (container.isSet() && !containers.contains(container.text())) {
            problems.invalid(container, "must be one of the container or initContainer names in the pod template");
        }
        At values = codes.at("values");
        if (values.isEmpty()) {
            problems.invalid(values, values.isSet() ? values.value() : null, "at least one value is required");
        } else if (values.size() > MOST_VALUES) {
            problems.tooMany(values, MOST_VALUES);
        }
        Set<Long> seen = new HashSet<>();
        boolean ordered = true;
        long before = Long.MIN_VALUE;
        for (At value : values.items()) {
            if (operator.is("In") && value.number() == 0) {
                problems.invalid(value, "must not be 0 for the In operator");
            }
            if (!seen.add(value.number())) {
                problems.duplicate(value, value.number());
            }
            ordered &= before <= value.number();
            before = value.number();
        }
        if (!ordered) {
            problems.invalid(values, "must be ordered");
        }
    }

    private static void successPolicy(At spec, Problems problems) {
        At policy = spec.at("successPolicy");
        if (!policy.isSet()) {
            return;
        }
        if (!isIndexed(spec)) {
            problems.invalid(policy, "requires indexed completion mode");
            return;
        }
        At rules = policy.at("rules");
        if (rules.isEmpty()) {
            problems.required(rules, "at least one rules must be specified when the successPolicy is specified");
        }
        if (rules.size() > MOST_RULES) {
            problems.tooMany(rules, MOST_RULES);
        }
        for (At rule : rules.items()) {
            successRule(rule, spec.at("completions").number(), problems);
        }
    }

    private static void successRule(At rule, long completions, Problems problems) {
        At count = rule.at("succeededCount");
        At indexes = rule.at("succeededIndexes");
        if (!count.isSet() && !indexes.isSet()) {
            problems.required(rule, "at least one of succeededCount or succeededIndexes must be specified");
        }
        long total = 0;
        if (indexes.isSet()) {
            problems.notLonger(indexes, LONGEST_INDEXES);
            JobIndexes parsed = JobIndexes.of(indexes.text(), completions);
            parsed.complaint()
                    .ifPresent(complaint -> problems.invalid(indexes, "error parsing succeededIndexes: " + complaint));
            total = parsed.total();
        }
        if (count.isSet()) {
            problems.notNegative(count);
            if (count.number() > completions) {
                problems.invalid(
                        count,
                        "must be less than or equal to " + completions + " (the number of specified completions)");
            }
            if (indexes.isSet() && count.number() > total) {
                problems.invalid(
                        count,
                        "must be less than or equal to " + total
                                + " (the number of indexes in the specified succeededIndexes field)");
            }
        }
    }

    static void checkUpdate(At now, At old, Problems problems) {
        At spec = now.at("spec");
        At before = old.at("spec");
        completions(spec, before, problems);
        problems.immutable(spec.at("selector"), before.at("selector"));
        template(now, old, problems);
        for (String field :
                List.of("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")) {
            problems.immutable(spec.at(field), before.at(field));
        }
    }

    /** An indexed job grows and shrinks if it runs all its pods at once. */
    private static void completions(At spec, At before, Problems problems) {
        At completions = spec.at("completions");
        if (!isIndexed(spec)) {
            problems.immutable(completions, before.at("completions"));
        } else if (completions.isSet()
                && !Trees.same(completions.node(), before.at("completions").node())
                && completions.number() != spec.at("parallelism").number()) {
            problems.invalid(completions, "can only be modified in tandem with spec.parallelism");
        }
    }

    /** A suspended job that has no pods may still change where its pods go and what they ask for. */
    private static void template(At now, At old, Problems problems) {
        At template = now.at("spec", "template");
        At before = old.at("spec", "template");
        if (!(before.node().deepCopy() instanceof ObjectNode masked)) {
            return;
        }
        boolean suspended = old.at("spec", "suspend").isTrue();
        boolean idle = !old.at("status", "startTime").isSet()
                || old.at("status", "active").number() == 0;
        if (suspended && idle && template.node() instanceof ObjectNode wanted) {
            ObjectNode spec = At.object(masked, "spec");
            for (String field : List.of("nodeSelector", "tolerations", "schedulingGates")) {
                Kind.keep(field, spec, wanted.path("spec"));
            }
            nodeAffinity(spec, template.at("spec", "affinity"));
            for (String field : List.of("containers", "initContainers")) {
                resources(At.objects(spec.path(field)), template.at("spec", field));
            }
            for (String field : List.of("annotations", "labels")) {
                Kind.keep(field, At.object(masked, "metadata"), wanted.path("metadata"));
            }
        }
        problems.immutable(template, before.with(masked));
    }

    private static void nodeAffinity(ObjectNode spec, At wanted) {
        ObjectNode affinity = At.object(spec, "affinity");
        Kind.keep("nodeAffinity", affinity, wanted.node());
        if (affinity.isEmpty() && !wanted.isSet()) {
            spec.remove("affinity");
        }
    }

    private static void resources(List<ObjectNode> containers, At wanted) {
        if (containers.size() == wanted.size()) {
            List<At> items = new ArrayList<>(wanted.items());
            for (int i = 0; i < items.size(); i++) {
                Kind.keep("resources", containers.get(i), items.get(i).node());
            }
        }
    }
}

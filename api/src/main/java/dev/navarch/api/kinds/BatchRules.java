package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Jobs and cron jobs: their defaults and what happens to them before they are stored.
 *
 * <p>Source: kubernetes pkg/apis/batch/v1/defaults.go, pkg/registry/batch/job/strategy.go,
 * pkg/registry/batch/cronjob/strategy.go.
 */
final class BatchRules {
    /** What a job adds to the labels of its pods, beside their values. */
    private static final List<String> UID_LABELS = List.of("controller-uid", "batch.kubernetes.io/controller-uid");

    private static final List<String> NAME_LABELS = List.of("job-name", "batch.kubernetes.io/job-name");

    private BatchRules() {}

    static Map<String, KindRules> all() {
        return Map.of("batch/Job", job(), "batch/CronJob", cronJob());
    }

    private static KindRules job() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(job -> {
                    ObjectNode spec = At.object(job, "spec");
                    jobDefaults(spec);
                    if (job.path("metadata").path("labels").isEmpty()
                            && spec.path("template").path("metadata").path("labels") instanceof ObjectNode labels
                            && !labels.isEmpty()) {
                        At.object(job, "metadata").set("labels", labels.deepCopy());
                    }
                })
                .status()
                .counts("spec")
                .beforeCreate(BatchRules::generateSelector)
                .check((job, problems) -> {
                    generatedSelector(job, problems);
                    JobChecks.check(job, problems);
                })
                .checkUpdate(JobChecks::checkUpdate)
                .checkStatus(JobStatusChecks::check)
                .selectable(
                        "status.successful",
                        job -> Long.toString(
                                job.path("status").path("succeeded").asLong(0)))
                .build();
    }

    private static void jobDefaults(ObjectNode spec) {
        if (!spec.hasNonNull("completions") && !spec.hasNonNull("parallelism")) {
            spec.put("completions", 1);
        }
        Defaults.put(spec, "parallelism", 1);
        Defaults.put(spec, "backoffLimit", spec.hasNonNull("backoffLimitPerIndex") ? Integer.MAX_VALUE : 6);
        Defaults.put(spec, "completionMode", "NonIndexed");
        Defaults.put(spec, "suspend", false);
        Defaults.put(
                spec, "podReplacementPolicy", spec.hasNonNull("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        Defaults.put(spec, "manualSelector", false);
        failurePolicyDefaults(spec);
        PodDefaults.template(spec);
    }

    private static void failurePolicyDefaults(ObjectNode spec) {
        for (ObjectNode rule : At.objects(spec.path("podFailurePolicy").path("rules"))) {
            At.objects(rule.path("onPodConditions")).forEach(pattern -> Defaults.put(pattern, "status", "True"));
        }
    }

    /** Unless the user brings a selector, a job selects by its own uid; what the user says to the contrary is wrong. */
    private static void generateSelector(ObjectNode job) {
        ObjectNode spec = At.object(job, "spec");
        if (spec.path("manualSelector").asBoolean(false)) {
            return;
        }
        String uid = job.path("metadata").path("uid").asString("");
        String name = job.path("metadata").path("name").asString("");
        ObjectNode labels = At.object(At.object(At.object(spec, "template"), "metadata"), "labels");
        NAME_LABELS.forEach(label -> Defaults.put(labels, label, name));
        UID_LABELS.forEach(label -> Defaults.put(labels, label, uid));
        Defaults.put(At.object(At.object(spec, "selector"), "matchLabels"), UID_LABELS.getLast(), uid);
    }

    private static void generatedSelector(At job, Problems problems) {
        At spec = job.at("spec");
        At selector = spec.at("selector");
        if (spec.at("manualSelector").isTrue() || !selector.isSet()) {
            return;
        }
        String uid = job.at("metadata", "uid").text();
        String name = job.at("metadata", "name").text();
        problems.requiredText(job.at("metadata", "uid"));
        At labels = spec.at("template", "metadata", "labels");
        ObjectNode expected = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < UID_LABELS.size(); i++) {
            hasLabel(labels, UID_LABELS.get(i), uid, problems);
            hasLabel(labels, NAME_LABELS.get(i), name, problems);
            expected.put(UID_LABELS.get(i), uid).put(NAME_LABELS.get(i), name);
        }
        if (!ObjectMetaRules.matches(selector.node(), expected)) {
            problems.invalid(selector, "`selector` not auto-generated");
        }
    }

    private static void hasLabel(At labels, String label, String value, Problems problems) {
        At at = labels.key(label);
        if (!at.isSet()) {
            problems.required(at, "must be '" + value + "'");
        } else if (!at.is(value)) {
            problems.invalid(at, labels.value(), "must be '" + value + "'");
        }
    }

    private static KindRules cronJob() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(Defaults.spec(spec -> {
                    Defaults.put(spec, "concurrencyPolicy", "Allow");
                    Defaults.put(spec, "suspend", false);
                    Defaults.put(spec, "successfulJobsHistoryLimit", 3);
                    Defaults.put(spec, "failedJobsHistoryLimit", 1);
                    ObjectNode job = At.object(At.object(spec, "jobTemplate"), "spec");
                    failurePolicyDefaults(job);
                    PodDefaults.template(job);
                }))
                .status()
                .counts("spec")
                .checkCreate(CronJobChecks::check)
                .checkUpdate(CronJobChecks::checkUpdate)
                .build();
    }
}

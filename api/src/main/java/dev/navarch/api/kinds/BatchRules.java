package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Jobs and cron jobs.
 *
 * <p>Source: kubernetes pkg/apis/batch/v1/defaults.go, pkg/apis/batch/validation/validation.go,
 * pkg/registry/batch/job/strategy.go.
 */
final class BatchRules {
    /** What a job adds to the selector and the labels of its pods. */
    private static final List<String> OWN_LABELS =
            List.of("batch.kubernetes.io/controller-uid", "controller-uid", "batch.kubernetes.io/job-name", "job-name");

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
                    jobSpec(job.at("spec"), problems);
                    if (!job.at("spec", "selector").isSet()) {
                        problems.required(job.at("spec", "selector"), "");
                    }
                })
                .immutable("spec", "completions")
                .immutable("spec", "selector")
                .immutable("spec", "completionMode")
                .immutable("spec", "podFailurePolicy")
                .immutable("spec", "backoffLimitPerIndex")
                .checkUpdate(BatchRules::templateUpdate)
                .selectable(
                        "status.successful",
                        job -> Long.toString(
                                job.path("status").path("succeeded").asLong(0)))
                .build();
    }

    private static void jobDefaults(ObjectNode spec) {
        boolean alone = !spec.hasNonNull("completions") && !spec.hasNonNull("parallelism");
        if (alone) {
            spec.put("completions", 1);
        }
        Defaults.put(spec, "parallelism", 1);
        Defaults.put(spec, "backoffLimit", spec.hasNonNull("backoffLimitPerIndex") ? Integer.MAX_VALUE : 6);
        Defaults.put(spec, "completionMode", "NonIndexed");
        Defaults.put(spec, "suspend", false);
        Defaults.put(
                spec, "podReplacementPolicy", spec.hasNonNull("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        Defaults.put(spec, "manualSelector", false);
        PodDefaults.template(spec);
    }

    /** Unless the user brings a selector, a job selects by its own uid. */
    private static void generateSelector(ObjectNode job) {
        ObjectNode spec = At.object(job, "spec");
        if (spec.path("manualSelector").asBoolean(false)) {
            return;
        }
        String uid = job.path("metadata").path("uid").asString("");
        String name = job.path("metadata").path("name").asString("");
        ObjectNode labels = At.object(At.object(At.object(spec, "template"), "metadata"), "labels");
        for (String label : OWN_LABELS) {
            labels.put(label, label.endsWith("uid") ? uid : name);
        }
        ObjectNode match = At.object(At.object(spec, "selector"), "matchLabels");
        match.put("batch.kubernetes.io/controller-uid", uid);
    }

    private static void jobSpec(At spec, Problems problems) {
        for (String field : List.of(
                "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")) {
            problems.notNegative(spec.at(field));
        }
        problems.oneOf(spec.at("completionMode"), List.of("Indexed", "NonIndexed"));
        if (spec.at("completionMode").is("Indexed") && !spec.at("completions").isSet()) {
            problems.required(spec.at("completions"), "when completion mode is Indexed");
        }
        problems.oneOfIfSet(spec.at("podReplacementPolicy"), List.of("Failed", "TerminatingOrFailed"));
        ObjectMetaRules.labelSelector(spec.at("selector"), problems);
        PodRules.template(spec.at("template"), problems);
        At policy = spec.at("template", "spec", "restartPolicy");
        if (policy.is("Always")) {
            problems.required(policy, "valid values: \"OnFailure\", \"Never\"");
        }
        At labels = spec.at("template", "metadata", "labels");
        if (spec.at("selector").isSet()
                && !ObjectMetaRules.matches(spec.at("selector").node(), labels.node())) {
            problems.invalid(labels, labels.value(), "`selector` does not match template `labels`");
        }
    }

    /** A suspended job that never started may still change where its pods go. */
    private static void templateUpdate(At now, At old, Problems problems) {
        At template = now.at("spec", "template");
        if (!(template.node().deepCopy() instanceof ObjectNode masked)) {
            return;
        }
        boolean notStarted = old.at("spec", "suspend").isTrue()
                && !old.at("status", "startTime").isSet();
        At before = old.at("spec", "template");
        if (notStarted) {
            for (String field : List.of("nodeSelector", "tolerations", "schedulingGates", "affinity")) {
                Kind.keep(field, At.object(masked, "spec"), before.at("spec").node());
            }
            for (String field : List.of("annotations", "labels")) {
                Kind.keep(
                        field,
                        At.object(masked, "metadata"),
                        before.at("metadata").node());
            }
        }
        if (!Trees.same(masked, before.node())) {
            problems.invalid(template, "field is immutable");
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
                    PodDefaults.template(job);
                }))
                .status()
                .counts("spec")
                .check((job, problems) -> cronJob(job, problems))
                .build();
    }

    private static void cronJob(At job, Problems problems) {
        if (job.at("metadata", "name").text().length() > 52) {
            problems.invalid(job.at("metadata", "name"), "must be no more than 52 characters");
        }
        At spec = job.at("spec");
        At schedule = spec.at("schedule");
        if (schedule.isEmpty()) {
            problems.required(schedule, "");
        } else {
            schedule(schedule, problems);
        }
        problems.notNegative(spec.at("startingDeadlineSeconds"));
        problems.notNegative(spec.at("successfulJobsHistoryLimit"));
        problems.notNegative(spec.at("failedJobsHistoryLimit"));
        problems.oneOf(spec.at("concurrencyPolicy"), List.of("Allow", "Forbid", "Replace"));
        At template = spec.at("jobTemplate", "spec");
        for (String field : List.of("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit")) {
            problems.notNegative(template.at(field));
        }
        PodRules.template(template.at("template"), problems);
        At policy = template.at("template", "spec", "restartPolicy");
        if (policy.is("Always")) {
            problems.required(policy, "valid values: \"OnFailure\", \"Never\"");
        }
        if (template.at("manualSelector").isTrue()) {
            problems.notSupported(template.at("manualSelector"), List.of("nil", "false"));
        }
    }

    private static final Set<String> SHORTHANDS =
            Set.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly");

    private static void schedule(At schedule, Problems problems) {
        String text = schedule.text().strip();
        if (text.startsWith("TZ=") || text.startsWith("CRON_TZ=")) {
            problems.invalid(schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            return;
        }
        if (text.startsWith("@")) {
            if (!SHORTHANDS.contains(text) && !text.startsWith("@every ")) {
                problems.invalid(schedule, "unrecognized descriptor: " + text);
            }
            return;
        }
        String[] fields = text.split("\\s+");
        if (fields.length != 5) {
            problems.invalid(
                    schedule,
                    "expected exactly 5 fields, found " + fields.length + ": [" + String.join(" ", fields) + "]");
            return;
        }
        for (String field : fields) {
            if (!field.matches("[0-9A-Za-z*/,?-]{1,200}")) {
                problems.invalid(schedule, "failed to parse int from " + field);
                return;
            }
        }
    }
}

package dev.navarch.api.table;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Tables of the kinds that run pods, and of those that govern how many. */
final class WorkloadTables {
    private WorkloadTables() {}

    static Map<String, TablePrinter> all() {
        return Map.of(
                "apps/Deployment", deployment(),
                "apps/ReplicaSet", replicas(true),
                "/ReplicationController", replicas(false),
                "apps/StatefulSet", statefulSet(),
                "apps/DaemonSet", daemonSet(),
                "apps/ControllerRevision", controllerRevision(),
                "batch/Job", job(),
                "batch/CronJob", cronJob(),
                "policy/PodDisruptionBudget", budget(),
                "autoscaling/HorizontalPodAutoscaler", autoscaler());
    }

    /** The wide columns about the containers of a template. */
    private static Printer.Builder containers(Printer.Builder table, String template) {
        String path = template + ".spec.containers";
        return table.wide("Containers", "Names of the containers.", row -> row.each(path, "name"))
                .wide("Images", "Images of the containers.", row -> row.each(path, "image"));
    }

    private static Printer.Builder selector(Printer.Builder table, String path) {
        return table.wide("Selector", "Which pods are its own.", row -> row.selector(path));
    }

    private static TablePrinter deployment() {
        Printer.Builder table = Printer.named()
                .text(
                        "Ready",
                        "How many pods are ready, of how many.",
                        row -> row.number("status.readyReplicas") + "/" + row.number("spec.replicas"))
                .text(
                        "Up-to-date",
                        "How many pods have the newest template.",
                        row -> row.number("status.updatedReplicas"))
                .text("Available", "How many pods are available.", row -> row.number("status.availableReplicas"))
                .age();
        return selector(containers(table, "spec.template"), "spec.selector").build();
    }

    private static TablePrinter replicas(boolean selectorObject) {
        Printer.Builder table = Printer.named()
                .number("Desired", "How many pods are wanted.", row -> row.number("spec.replicas"))
                .number("Current", "How many pods there are.", row -> row.number("status.replicas"))
                .number("Ready", "How many pods are ready.", row -> row.number("status.readyReplicas"))
                .age();
        containers(table, "spec.template");
        return selectorObject
                ? selector(table, "spec.selector").build()
                : table.wide("Selector", "Which pods are its own.", row -> row.labels("spec.selector"))
                        .build();
    }

    private static TablePrinter statefulSet() {
        Printer.Builder table = Printer.named()
                .text(
                        "Ready",
                        "How many pods are ready, of how many.",
                        row -> row.number("status.readyReplicas") + "/" + row.number("spec.replicas"))
                .age();
        return containers(table, "spec.template").build();
    }

    private static TablePrinter daemonSet() {
        Printer.Builder table = Printer.named()
                .number(
                        "Desired",
                        "How many nodes should run a pod.",
                        row -> row.number("status.desiredNumberScheduled"))
                .number("Current", "How many nodes do.", row -> row.number("status.currentNumberScheduled"))
                .number("Ready", "How many pods are ready.", row -> row.number("status.numberReady"))
                .number(
                        "Up-to-date",
                        "How many have the newest template.",
                        row -> row.number("status.updatedNumberScheduled"))
                .number("Available", "How many are available.", row -> row.number("status.numberAvailable"))
                .text("Node Selector", "Which nodes.", row -> row.labels("spec.template.spec.nodeSelector"))
                .age();
        return selector(containers(table, "spec.template"), "spec.selector").build();
    }

    private static TablePrinter controllerRevision() {
        return Printer.named()
                .text(
                        "Controller",
                        "Whose revision it is.",
                        row -> row.items("metadata.ownerReferences").stream()
                                .filter(owner -> owner.isTrue("controller"))
                                .findFirst()
                                .map(WorkloadTables::owner)
                                .orElse(Row.NONE))
                .number("Revision", "Its number.", row -> row.number("revision"))
                .age()
                .build();
    }

    private static String owner(Row reference) {
        String apiVersion = reference.text("apiVersion");
        int slash = apiVersion.indexOf('/');
        String group = slash < 0 ? "" : "." + apiVersion.substring(0, slash);
        return reference.text("kind").toLowerCase(Locale.ROOT) + group + "/" + reference.text("name");
    }

    private static TablePrinter job() {
        Printer.Builder table = Printer.named()
                .text("Status", "What the job is at.", WorkloadTables::jobStatus)
                .text("Completions", "How many pods succeeded, of how many.", WorkloadTables::completions)
                .text("Duration", "How long it has run.", WorkloadTables::jobDuration)
                .age();
        return selector(containers(table, "spec.template"), "spec.selector").build();
    }

    private static String jobStatus(Row job) {
        if (job.condition("Complete")) {
            return "Complete";
        }
        if (job.condition("Failed")) {
            return "Failed";
        }
        if (job.isBeingDeleted()) {
            return "Terminating";
        }
        return List.of("Suspended", "FailureTarget", "SuccessCriteriaMet").stream()
                .filter(job::condition)
                .findFirst()
                .orElse("Running");
    }

    private static String completions(Row job) {
        long done = job.number("status.succeeded");
        if (job.has("spec.completions")) {
            return done + "/" + job.number("spec.completions");
        }
        long parallelism = job.number("spec.parallelism");
        return parallelism > 1 ? done + "/1 of " + parallelism : done + "/1";
    }

    private static String jobDuration(Row job) {
        Optional<Instant> start = job.time("status.startTime");
        Instant end = job.time("status.completionTime").orElse(job.now());
        return start.map(from -> HumanDuration.of(Duration.between(from, end))).orElse("");
    }

    private static TablePrinter cronJob() {
        String template = "spec.jobTemplate.spec.template";
        Printer.Builder table = Printer.named()
                .text("Schedule", "When it runs.", row -> row.text("spec.schedule"))
                .text("Timezone", "In which time zone.", row -> row.text("spec.timeZone", Row.NONE))
                .column(
                        "Suspend",
                        "boolean",
                        "Whether it is suspended.",
                        row -> row.has("spec.suspend") ? (row.isTrue("spec.suspend") ? "True" : "False") : Row.UNSET)
                .number("Active", "How many jobs run.", row -> row.size("status.active"))
                .text(
                        "Last Schedule",
                        "When it last ran.",
                        row -> row.has("status.lastScheduleTime") ? row.since("status.lastScheduleTime") : Row.NONE)
                .age();
        return selector(containers(table, template), "spec.jobTemplate.spec.selector")
                .build();
    }

    private static TablePrinter budget() {
        return Printer.named()
                .text(
                        "Min Available",
                        "How many pods must stay available.",
                        row -> row.text("spec.minAvailable", "N/A"))
                .text(
                        "Max Unavailable",
                        "How many pods may be unavailable.",
                        row -> row.text("spec.maxUnavailable", "N/A"))
                .number(
                        "Allowed Disruptions",
                        "How many pods may be disrupted now.",
                        row -> row.number("status.disruptionsAllowed"))
                .age()
                .build();
    }

    private static TablePrinter autoscaler() {
        return Printer.named()
                .text(
                        "Reference",
                        "What it scales.",
                        row -> row.text("spec.scaleTargetRef.kind") + "/" + row.text("spec.scaleTargetRef.name"))
                .text("Targets", "Metrics and what they should be.", WorkloadTables::targets)
                .text("MinPods", "How many pods at least.", row -> row.text("spec.minReplicas", Row.UNSET))
                .text("MaxPods", "How many pods at most.", row -> row.number("spec.maxReplicas"))
                .text("Replicas", "How many pods there are.", row -> row.number("status.currentReplicas"))
                .age()
                .build();
    }

    private static String targets(Row autoscaler) {
        List<Row> metrics = autoscaler.items("spec.metrics");
        List<Row> current = autoscaler.items("status.currentMetrics");
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < metrics.size(); i++) {
            Optional<Row> now = i < current.size() ? Optional.of(current.get(i)) : Optional.empty();
            shown.add(target(metrics.get(i), now));
        }
        if (shown.isEmpty()) {
            return Row.NONE;
        }
        String first = shown.stream().limit(2).collect(Collectors.joining(", "));
        return shown.size() > 2 ? first + " + " + (shown.size() - 2) + " more..." : first;
    }

    private static String target(Row metric, Optional<Row> current) {
        return switch (metric.text("type")) {
            case "Resource" -> metric.text("resource.name") + ": " + share(metric, current, "resource");
            case "ContainerResource" ->
                metric.text("containerResource.name") + ": " + share(metric, current, "containerResource");
            case "Pods" -> share(metric, current, "pods");
            case "Object" -> share(metric, current, "object");
            case "External" -> share(metric, current, "external");
            default -> "<unknown type>";
        };
    }

    private static String share(Row metric, Optional<Row> current, String kind) {
        String value = metric.has(kind + ".target.averageUtilization")
                ? "averageUtilization"
                : metric.has(kind + ".target.averageValue") ? "averageValue" : "value";
        String unit = value.equals("averageUtilization") ? "%" : "";
        String now = current.map(row -> row.text(kind + ".current." + value))
                .filter(text -> !text.isEmpty())
                .map(text -> text + unit)
                .orElse(Row.UNKNOWN);
        String wanted = metric.text(kind + ".target." + value);
        String average = value.equals("averageValue") && kind.equals("external") ? " (avg)" : "";
        return now + "/" + (wanted.isEmpty() ? "<auto>" : wanted + unit) + average;
    }
}

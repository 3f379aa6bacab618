package dev.navarch.api.kinds;

import dev.navarch.api.values.IntOrString;
import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The workloads that keep pods running: replica sets, deployments, stateful sets, daemon sets, replication controllers.
 *
 * <p>Source: kubernetes pkg/apis/apps/v1/defaults.go, pkg/apis/apps/validation/validation.go, pkg/registry/apps.
 */
final class WorkloadRules {
    private static final String TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";
    private static final List<String> RETENTIONS = List.of("Retain", "Delete");
    private static final List<String> DAEMON_COUNTS = List.of(
            "currentNumberScheduled",
            "numberMisscheduled",
            "desiredNumberScheduled",
            "numberReady",
            "observedGeneration",
            "updatedNumberScheduled",
            "numberAvailable",
            "numberUnavailable");

    private WorkloadRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                "apps/ReplicaSet", replicaSet(),
                "apps/Deployment", deployment(),
                "apps/StatefulSet", statefulSet(),
                "apps/DaemonSet", daemonSet(),
                "apps/ControllerRevision", controllerRevision(),
                "/ReplicationController", replicationController());
    }

    private static KindRules replicaSet() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(Defaults.spec(spec -> {
                    Defaults.put(spec, "replicas", 1);
                    PodDefaults.template(spec);
                }))
                .status()
                .counts("spec")
                .check((set, problems) -> {
                    At spec = set.at("spec");
                    problems.notNegative(spec.at("replicas"));
                    problems.notNegative(spec.at("minReadySeconds"));
                    selector(spec, "empty selector is invalid for deployment", problems);
                    alwaysTemplate(spec, "ReplicaSet", problems);
                })
                .immutable("spec", "selector")
                .checkStatus((now, old, problems) -> replicaCounts(now.at("status"), problems))
                .selectable("status.replicas", WorkloadRules::statusReplicas)
                .build();
    }

    private static String statusReplicas(ObjectNode set) {
        return Long.toString(set.path("status").path("replicas").asLong(0));
    }

    private static KindRules deployment() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(Defaults.spec(WorkloadRules::deploymentDefaults))
                .status()
                .counts("spec", "metadata.annotations")
                .beforeStatusUpdate((now, old) -> Kind.keep("labels", At.object(now, "metadata"), old.path("metadata")))
                .check((deployment, problems) -> deployment(deployment.at("spec"), problems))
                .immutable("spec", "selector")
                .checkStatus((now, old, problems) -> {
                    replicaCounts(now.at("status"), problems);
                    collisions(now, old, problems);
                })
                .build();
    }

    private static void deploymentDefaults(ObjectNode spec) {
        Defaults.put(spec, "replicas", 1);
        ObjectNode strategy = At.object(spec, "strategy");
        Defaults.put(strategy, "type", "RollingUpdate");
        if (strategy.path("type").asString("").equals("RollingUpdate")) {
            ObjectNode rolling = At.object(strategy, "rollingUpdate");
            Defaults.put(rolling, "maxUnavailable", "25%");
            Defaults.put(rolling, "maxSurge", "25%");
        }
        Defaults.put(spec, "revisionHistoryLimit", 10);
        Defaults.put(spec, "progressDeadlineSeconds", 600);
        PodDefaults.template(spec);
    }

    private static void deployment(At spec, Problems problems) {
        problems.notNegative(spec.at("replicas"));
        selector(spec, "empty selector is invalid for deployment", problems);
        alwaysTemplate(spec, "ReplicaSet", problems);
        strategy(spec.at("strategy"), problems);
        problems.notNegative(spec.at("minReadySeconds"));
        problems.notNegative(spec.at("revisionHistoryLimit"));
        At deadline = spec.at("progressDeadlineSeconds");
        if (deadline.isSet()) {
            problems.notNegative(deadline);
            if (deadline.number() <= spec.at("minReadySeconds").number()) {
                problems.invalid(deadline, "must be greater than minReadySeconds");
            }
        }
    }

    private static void strategy(At strategy, Problems problems) {
        At rolling = strategy.at("rollingUpdate");
        switch (strategy.at("type").text()) {
            case "Recreate" -> {
                if (rolling.isSet()) {
                    problems.forbidden(rolling, "may not be specified when strategy `type` is 'Recreate'");
                }
            }
            case "RollingUpdate" -> rolling(rolling, problems);
            default -> problems.notSupported(strategy, List.of("Recreate", "RollingUpdate"));
        }
    }

    private static void rolling(At rolling, Problems problems) {
        At unavailable = rolling.at("maxUnavailable");
        At surge = rolling.at("maxSurge");
        share(unavailable, problems);
        share(surge, problems);
        if (isZero(unavailable) && isZero(surge)) {
            problems.invalid(unavailable, "may not be 0 when `maxSurge` is 0");
        }
        notOverAll(unavailable, problems);
    }

    /** A count or a percentage that is not negative. */
    static void share(At share, Problems problems) {
        if (share.node().isString()) {
            problems.grammar(share, Names::percent);
        } else {
            problems.notNegative(share);
        }
    }

    static void notOverAll(At share, Problems problems) {
        if (share.node().isString() && share.text().matches("[0-9]{1,9}%")) {
            long percent = Long.parseLong(share.text().substring(0, share.text().length() - 1));
            if (percent > 100) {
                problems.invalid(share, "must not be greater than 100%");
            }
        }
    }

    static boolean isZero(At share) {
        if (!share.isSet()) {
            return true;
        }
        return switch (IntOrString.of(share.node())) {
            case IntOrString.Number(int value) -> value == 0;
            case IntOrString.Text(String value) -> value.matches("0+%");
        };
    }

    /** A selector that must be there, restrict something and match the template. */
    static void selector(At spec, String whyNotEmpty, Problems problems) {
        At selector = spec.at("selector");
        if (!selector.isSet()) {
            problems.required(selector, "");
        } else {
            ObjectMetaRules.labelSelector(selector, problems);
            if (ObjectMetaRules.isEmptySelector(selector)) {
                problems.invalid(selector, whyNotEmpty);
            }
        }
        At labels = spec.at("template", "metadata", "labels");
        boolean restricts = selector.isSet() && !ObjectMetaRules.isEmptySelector(selector);
        if (restricts && !ObjectMetaRules.matches(selector.node(), labels.node())) {
            mismatch(labels, problems);
        }
    }

    private static void mismatch(At labels, Problems problems) {
        problems.invalid(labels, labels.isSet() ? labels.node() : null, "`selector` does not match template `labels`");
    }

    /** A template whose pods run for ever. */
    static void alwaysTemplate(At spec, String kind, Problems problems) {
        At template = spec.at("template");
        PodRules.template(template, problems);
        At policy = template.at("spec", "restartPolicy");
        if (!policy.isEmpty() && !policy.is("Always")) {
            problems.notSupported(policy, List.of("Always"));
        }
        At deadline = template.at("spec", "activeDeadlineSeconds");
        if (deadline.isSet()) {
            problems.forbidden(deadline, "activeDeadlineSeconds in " + kind + " is not Supported");
        }
    }

    private static void replicaCounts(At status, Problems problems) {
        List<String> parts = List.of(
                "replicas",
                "fullyLabeledReplicas",
                "readyReplicas",
                "availableReplicas",
                "updatedReplicas",
                "unavailableReplicas",
                "observedGeneration");
        parts.forEach(part -> problems.notNegative(status.at(part)));
        long total = status.at("replicas").number();
        for (String part : List.of("fullyLabeledReplicas", "readyReplicas", "availableReplicas", "updatedReplicas")) {
            if (status.at(part).number() > total) {
                problems.invalid(status.at(part), "cannot be greater than status.replicas");
            }
        }
        if (status.at("availableReplicas").number() > status.at("readyReplicas").number()) {
            problems.invalid(status.at("availableReplicas"), "cannot be greater than readyReplicas");
        }
    }

    /** How often a name was taken already never gets less. */
    private static void collisions(At now, At old, Problems problems) {
        At count = now.at("status", "collisionCount");
        problems.notNegative(count);
        if (count.number() < old.at("status", "collisionCount").number()) {
            problems.invalid(count, count.number(), "cannot be decremented");
        }
    }

    private static KindRules statefulSet() {
        return Kind.namespaced(Names::dns1123Label)
                .defaults(Defaults.spec(WorkloadRules::statefulSetDefaults))
                .status()
                .counts("spec")
                .check((set, problems) -> statefulSet(set.at("spec"), problems))
                .checkCreate((set, problems) -> {
                    for (At claim : set.at("spec", "volumeClaimTemplates").items()) {
                        VolumeClaimRules.spec(claim.at("spec"), problems);
                    }
                })
                .checkUpdate(WorkloadRules::statefulSetUpdate)
                .checkStatus(WorkloadRules::statefulSetStatus)
                .build();
    }

    private static void statefulSetDefaults(ObjectNode spec) {
        Defaults.put(spec, "podManagementPolicy", "OrderedReady");
        ObjectNode strategy = At.object(spec, "updateStrategy");
        Defaults.put(strategy, "type", "RollingUpdate");
        if (strategy.path("type").asString("").equals("RollingUpdate")) {
            Defaults.put(At.object(strategy, "rollingUpdate"), "partition", 0);
        }
        ObjectNode retention = At.object(spec, "persistentVolumeClaimRetentionPolicy");
        Defaults.put(retention, "whenDeleted", "Retain");
        Defaults.put(retention, "whenScaled", "Retain");
        Defaults.put(spec, "replicas", 1);
        Defaults.put(spec, "revisionHistoryLimit", 10);
        for (ObjectNode claim : At.objects(spec.path("volumeClaimTemplates"))) {
            Defaults.put(claim, "apiVersion", "v1");
            Defaults.put(claim, "kind", "PersistentVolumeClaim");
            VolumeClaimRules.defaults(claim);
        }
        PodDefaults.template(spec);
    }

    private static void statefulSet(At spec, Problems problems) {
        At policy = spec.at("podManagementPolicy");
        if (policy.isEmpty()) {
            problems.required(policy, "");
        } else if (!List.of("OrderedReady", "Parallel").contains(policy.text())) {
            problems.invalid(policy, "must be 'OrderedReady' or 'Parallel'");
        }
        updateStrategy(spec.at("updateStrategy"), problems);
        At retention = spec.at("persistentVolumeClaimRetentionPolicy");
        for (String when : List.of("whenDeleted", "whenScaled")) {
            At what = retention.at(when);
            if (retention.isSet() && !RETENTIONS.contains(what.text())) {
                problems.notSupported(what, what.text(), RETENTIONS);
            }
        }
        problems.notNegative(spec.at("replicas"));
        problems.notNegative(spec.at("minReadySeconds"));
        problems.notNegative(spec.at("ordinals", "start"));
        problems.notNegative(spec.at("revisionHistoryLimit"));
        selector(spec, "empty selector is invalid for statefulset", problems);
        alwaysTemplate(withClaims(spec), "StatefulSet", problems);
    }

    private static void updateStrategy(At strategy, Problems problems) {
        At rolling = strategy.at("rollingUpdate");
        switch (strategy.at("type").text()) {
            case "" -> problems.required(strategy, "");
            case "OnDelete" -> {
                if (rolling.isSet()) {
                    problems.invalid(rolling, "only allowed for updateStrategy 'RollingUpdate'");
                }
            }
            case "RollingUpdate" -> {
                problems.notNegative(rolling.at("partition"));
                At unavailable = rolling.at("maxUnavailable");
                if (unavailable.isSet()) {
                    share(unavailable, problems);
                    if (isZero(unavailable)) {
                        problems.invalid(unavailable, "cannot be 0");
                    }
                    notOverAll(unavailable, problems);
                }
            }
            default -> problems.invalid(strategy, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }

    /** The spec with the volumes that its pods will have, those of the claims among them. */
    private static At withClaims(At spec) {
        At claims = spec.at("volumeClaimTemplates");
        if (claims.isEmpty() || !(spec.node().deepCopy() instanceof ObjectNode copy)) {
            return spec;
        }
        ObjectNode pod = At.object(At.object(copy, "template"), "spec");
        Set<String> names = new HashSet<>();
        for (At claim : claims.items()) {
            names.add(claim.at("metadata", "name").text());
        }
        ArrayNode volumes = pod.arrayNode();
        for (JsonNode volume : pod.path("volumes")) {
            if (!names.contains(volume.path("name").asString(""))) {
                volumes.add(volume);
            }
        }
        for (String name : names) {
            volumes.addObject()
                    .put("name", name)
                    .putObject("persistentVolumeClaim")
                    .put("claimName", name);
        }
        pod.set("volumes", volumes);
        return spec.with(copy);
    }

    private static void statefulSetStatus(At now, At old, Problems problems) {
        At status = now.at("status");
        for (String count : List.of(
                "replicas",
                "readyReplicas",
                "currentReplicas",
                "updatedReplicas",
                "availableReplicas",
                "observedGeneration")) {
            problems.notNegative(status.at(count));
        }
        for (String count : List.of("readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas")) {
            if (status.at(count).number() > status.at("replicas").number()) {
                problems.invalid(status.at(count), "cannot be greater than status.replicas");
            }
        }
        if (status.at("availableReplicas").number() > status.at("readyReplicas").number()) {
            problems.invalid(status.at("availableReplicas"), "cannot be greater than status.readyReplicas");
        }
        collisions(now, old, problems);
    }

    private static void statefulSetUpdate(At now, At old, Problems problems) {
        ObjectNode masked = now.at("spec").node() instanceof ObjectNode spec ? spec.deepCopy() : null;
        if (masked == null) {
            return;
        }
        for (String free : List.of(
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds")) {
            Kind.keep(free, masked, old.at("spec").node());
        }
        if (!Trees.same(masked, old.at("spec").node())) {
            problems.forbidden(
                    now.at("spec"),
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
                            + " 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and"
                            + " 'minReadySeconds' are forbidden");
        }
    }

    private static KindRules daemonSet() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(Defaults.spec(spec -> {
                    ObjectNode strategy = At.object(spec, "updateStrategy");
                    Defaults.put(strategy, "type", "RollingUpdate");
                    if (strategy.path("type").asString("").equals("RollingUpdate")) {
                        ObjectNode rolling = At.object(strategy, "rollingUpdate");
                        Defaults.put(rolling, "maxUnavailable", 1);
                        Defaults.put(rolling, "maxSurge", 0);
                    }
                    Defaults.put(spec, "revisionHistoryLimit", 10);
                    PodDefaults.template(spec);
                }))
                .status()
                .counts("spec")
                .beforeCreate(set -> templateGeneration(set, Math.max(1, templateGeneration(set))))
                .beforeUpdate((now, old) -> {
                    boolean changed = !Trees.same(
                            now.path("spec").path("template"), old.path("spec").path("template"));
                    templateGeneration(now, templateGeneration(old) + (changed ? 1 : 0));
                })
                .check((set, problems) -> daemonSet(set.at("spec"), problems))
                .immutable("spec", "selector")
                .checkStatus((now, old, problems) -> {
                    DAEMON_COUNTS.forEach(count -> problems.notNegative(now.at("status", count)));
                    collisions(now, old, problems);
                })
                .build();
    }

    /**
     * How often the template has changed, which a field told before {@code apps/v1} (source: kubernetes
     * pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps/v1/conversion.go).
     */
    private static long templateGeneration(ObjectNode set) {
        String text = set.path("metadata")
                .path("annotations")
                .path(TEMPLATE_GENERATION)
                .asString("");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    private static void templateGeneration(ObjectNode set, long generation) {
        At.object(At.object(set, "metadata"), "annotations").put(TEMPLATE_GENERATION, Long.toString(generation));
    }

    private static void daemonSet(At spec, Problems problems) {
        At selector = spec.at("selector");
        ObjectMetaRules.labelSelector(selector, problems);
        At labels = spec.at("template", "metadata", "labels");
        if (!selector.isSet() || !ObjectMetaRules.matches(selector.node(), labels.node())) {
            mismatch(labels, problems);
        }
        if (selector.isSet() && ObjectMetaRules.isEmptySelector(selector)) {
            problems.invalid(selector, "empty selector is invalid for daemonset");
        }
        alwaysTemplate(spec, "DaemonSet", problems);
        problems.notNegative(spec.at("minReadySeconds"));
        At strategy = spec.at("updateStrategy");
        switch (strategy.at("type").text()) {
            case "OnDelete" -> {}
            case "RollingUpdate" -> daemonRolling(strategy.at("rollingUpdate"), problems);
            default -> problems.notSupported(strategy, List.of("RollingUpdate", "OnDelete"));
        }
        problems.notNegative(spec.at("revisionHistoryLimit"));
    }

    private static void daemonRolling(At rolling, Problems problems) {
        if (!rolling.isSet()) {
            problems.required(rolling, "");
            return;
        }
        At unavailable = rolling.at("maxUnavailable");
        At surge = rolling.at("maxSurge");
        share(unavailable, problems);
        share(surge, problems);
        notOverAll(unavailable, problems);
        notOverAll(surge, problems);
        if (!isZero(unavailable) && !isZero(surge)) {
            problems.invalid(surge, "may not be set when maxUnavailable is non-zero");
        } else if (isZero(unavailable) && isZero(surge)) {
            problems.required(unavailable, "cannot be 0 when maxSurge is 0");
        }
    }

    private static KindRules controllerRevision() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .check((revision, problems) -> {
                    if (!revision.at("data").isSet()) {
                        problems.required(revision.at("data"), "data is mandatory");
                    }
                    problems.notNegative(revision.at("revision"));
                })
                .immutable("data")
                .build();
    }

    private static KindRules replicationController() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(WorkloadRules::replicationControllerDefaults)
                .status()
                .counts("spec")
                .check((controller, problems) -> replicationController(controller.at("spec"), problems))
                .checkStatus((now, old, problems) -> replicaCounts(now.at("status"), problems))
                .selectable("status.replicas", WorkloadRules::statusReplicas)
                .build();
    }

    private static void replicationControllerDefaults(ObjectNode controller) {
        ObjectNode spec = At.object(controller, "spec");
        Defaults.put(spec, "replicas", 1);
        if (spec.path("template").path("metadata").path("labels") instanceof ObjectNode labels && !labels.isEmpty()) {
            if (spec.path("selector").isEmpty()) {
                spec.set("selector", labels.deepCopy());
            }
            if (controller.path("metadata").path("labels").isEmpty()) {
                At.object(controller, "metadata").set("labels", labels.deepCopy());
            }
        }
        if (spec.has("template")) {
            PodDefaults.template(spec);
        }
    }

    private static void replicationController(At spec, Problems problems) {
        problems.notNegative(spec.at("minReadySeconds"));
        At selector = spec.at("selector");
        problems.requiredText(selector);
        problems.notNegative(spec.at("replicas"));
        if (!spec.at("template").isSet()) {
            problems.required(spec.at("template"), "");
            return;
        }
        At labels = spec.at("template", "metadata", "labels");
        for (Map.Entry<String, At> label : selector.entries()) {
            if (!labels.key(label.getKey()).is(label.getValue().text())) {
                mismatch(labels, problems);
                break;
            }
        }
        alwaysTemplate(spec, "ReplicationController", problems);
    }
}

package dev.navarch.client;

import tools.jackson.databind.node.ObjectNode;

/** Those defaults of the API server that controllers count on. */
final class FakeDefaults {
    private FakeDefaults() {}

    static void apply(FakeType type, ObjectNode object) {
        switch (type.kind()) {
            case "Deployment" -> deployment(object.withObject("/spec"));
            case "ReplicaSet", "StatefulSet", "ReplicationController" ->
                number(object.withObject("/spec"), "replicas", 1);
            case "Namespace" -> {
                if (object.path("spec").path("finalizers").isMissingNode()) {
                    object.withObject("/spec").putArray("finalizers").add("kubernetes");
                }
            }
            case "Job" -> {
                job(object.withObject("/spec"));
                select(object);
            }
            // everybody may do everything, but for somebody named nobody
            case "SubjectAccessReview" -> {
                boolean nobody = object.path("spec").path("user").asString("").equals("nobody");
                object.withObject("/status").put("allowed", !nobody);
            }
            default -> {}
        }
    }

    private static void deployment(ObjectNode spec) {
        number(spec, "replicas", 1);
        number(spec, "revisionHistoryLimit", 10);
        number(spec, "progressDeadlineSeconds", 600);
        var strategy = spec.withObject("/strategy");
        if (!strategy.has("type")) {
            strategy.put("type", "RollingUpdate");
        }
        if (strategy.path("type").asString().equals("RollingUpdate")) {
            var rolling = strategy.withObject("/rollingUpdate");
            if (!rolling.has("maxSurge")) {
                rolling.put("maxSurge", "25%");
            }
            if (!rolling.has("maxUnavailable")) {
                rolling.put("maxUnavailable", "25%");
            }
        }
    }

    private static void job(ObjectNode spec) {
        number(spec, "backoffLimit", 6);
        if (!spec.has("completions") && !spec.has("parallelism")) {
            spec.put("completions", 1);
        }
        number(spec, "parallelism", 1);
        if (!spec.has("completionMode")) {
            spec.put("completionMode", "NonIndexed");
        }
    }

    private static void select(ObjectNode job) {
        var uid = job.path("metadata").path("uid").asString("");
        job.withObject("/spec/selector/matchLabels").put("batch.kubernetes.io/controller-uid", uid);
        job.withObject("/spec/template/metadata/labels").put("batch.kubernetes.io/controller-uid", uid);
    }

    private static void number(ObjectNode spec, String field, int value) {
        if (!spec.has(field)) {
            spec.put(field, value);
        }
    }
}

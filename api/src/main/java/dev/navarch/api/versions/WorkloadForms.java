package dev.navarch.api.versions;

import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Workloads in the versions before {@code apps/v1}, which differ in their defaults above all: a selector that is left
 * out is made of the template's labels. What {@code apps/v1} has no field for is kept in annotations.
 *
 * <p>Source: kubernetes v1.15 pkg/apis/apps/v1beta1/defaults.go, pkg/apis/extensions/v1beta1/defaults.go, and
 * pkg/apis/apps/v1/conversion.go for the annotations.
 */
final class WorkloadForms {
    private static final String ROLLBACK = "deprecated.deployment.rollback.revision";
    private static final String GENERATION = "deprecated.daemonset.template.generation";
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    static final Conversion APPS_DEPLOYMENT = deployment(spec -> {
        put(spec, "revisionHistoryLimit", 2);
        put(spec, "progressDeadlineSeconds", 600);
    });

    static final Conversion DEPLOYMENT = deployment(spec -> {
        if (child(spec, "strategy").path("type").asString("RollingUpdate").equals("RollingUpdate")) {
            var rolling = child(child(spec, "strategy"), "rollingUpdate");
            put(rolling, "maxUnavailable", 1);
            put(rolling, "maxSurge", 1);
        }
        put(spec, "revisionHistoryLimit", NO_LIMIT);
        put(spec, "progressDeadlineSeconds", NO_LIMIT);
    });

    static final Conversion STATEFUL_SET = toStored(set -> {
        selectTemplate(set);
        onDelete(child(set, "spec"));
    });

    static final Conversion REPLICA_SET = toStored(WorkloadForms::selectTemplate);

    static final Conversion DAEMON_SET = Conversion.of(
            set -> {
                selectTemplate(set);
                onDelete(child(set, "spec"));
                var generation = child(set, "spec").remove("templateGeneration");
                if (generation != null) {
                    child(child(set, "metadata"), "annotations").put(GENERATION, generation.asString());
                }
                return set;
            },
            set -> {
                var generation = number(taken(set, GENERATION));
                if (!generation.isMissingNode()) {
                    child(set, "spec").set("templateGeneration", generation);
                }
                return set;
            });

    private WorkloadForms() {}

    private static Conversion deployment(Consumer<ObjectNode> defaults) {
        return Conversion.of(
                deployment -> {
                    selectTemplate(deployment);
                    var spec = child(deployment, "spec");
                    defaults.accept(spec);
                    if (spec.remove("rollbackTo") instanceof ObjectNode rollback) {
                        child(child(deployment, "metadata"), "annotations")
                                .put(ROLLBACK, rollback.path("revision").asString("0"));
                    }
                    return deployment;
                },
                deployment -> {
                    var revision = number(taken(deployment, ROLLBACK));
                    if (!revision.isMissingNode()) {
                        child(child(deployment, "spec"), "rollbackTo").set("revision", revision);
                    }
                    return deployment;
                });
    }

    private static Conversion toStored(Consumer<ObjectNode> change) {
        return Conversion.of(
                object -> {
                    change.accept(object);
                    return object;
                },
                UnaryOperator.identity());
    }

    private static void selectTemplate(ObjectNode workload) {
        if (workload.at("/spec/template/metadata/labels") instanceof ObjectNode labels && !labels.isEmpty()) {
            var spec = child(workload, "spec");
            if (!spec.path("selector").isObject()) {
                spec.putObject("selector").set("matchLabels", labels.deepCopy());
            }
            var metadata = child(workload, "metadata");
            if (metadata.path("labels").isEmpty()) {
                metadata.set("labels", labels.deepCopy());
            }
        }
    }

    /** These versions replace pods only when somebody deletes them, unless they are told otherwise. */
    private static void onDelete(ObjectNode spec) {
        var strategy = child(spec, "updateStrategy");
        if (strategy.path("type").asString("").isEmpty()) {
            strategy.put("type", "OnDelete");
        }
    }

    private static void put(ObjectNode object, String field, int value) {
        if (!object.has(field)) {
            object.put(field, value);
        }
    }

    private static ObjectNode child(ObjectNode object, String field) {
        return object.get(field) instanceof ObjectNode there ? there : object.putObject(field);
    }

    private static JsonNode taken(ObjectNode object, String annotation) {
        if (!(object.at("/metadata/annotations") instanceof ObjectNode annotations)) {
            return JsonNodeFactory.instance.missingNode();
        }
        var value = annotations.remove(annotation);
        if (annotations.isEmpty() && object.get("metadata") instanceof ObjectNode metadata) {
            metadata.remove("annotations");
        }
        return value == null ? JsonNodeFactory.instance.missingNode() : value;
    }

    /** What cannot be read as a number is as if it were not there. */
    private static JsonNode number(JsonNode text) {
        try {
            return JsonNodeFactory.instance.numberNode(Long.parseLong(text.asString("")));
        } catch (NumberFormatException _) {
            return JsonNodeFactory.instance.missingNode();
        }
    }
}

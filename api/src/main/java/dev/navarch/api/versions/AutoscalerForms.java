package dev.navarch.api.versions;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The two forms of a HorizontalPodAutoscaler: {@code autoscaling/v2}, which is stored, and {@code autoscaling/v1}, which
 * has a field for the CPU's utilization and keeps all else that it has no field for in annotations.
 *
 * <p>Source: kubernetes pkg/apis/autoscaling/v1/conversion.go, pkg/apis/autoscaling/annotations.go.
 */
final class AutoscalerForms {
    static final Conversion CONVERSION = Conversion.of(AutoscalerForms::toV2, AutoscalerForms::toV1);

    private static final String ANNOTATION = "autoscaling.alpha.kubernetes.io/";
    private static final String METRICS = ANNOTATION + "metrics";
    private static final String CURRENT = ANNOTATION + "current-metrics";
    private static final String CONDITIONS = ANNOTATION + "conditions";
    private static final String BEHAVIOR = ANNOTATION + "behavior";

    /** What is aimed at where no metric is named. */
    private static final JsonNode DEFAULT_CPU = JsonNodeFactory.instance.numberNode(80);

    /** A metric's kinds by the names of their fields. */
    private static final List<String> SOURCES = List.of("resource", "containerResource", "pods", "object", "external");

    private static final Map<String, String> TARGET_TYPES =
            Map.of("averageUtilization", "Utilization", "averageValue", "AverageValue", "value", "Value");

    private AutoscalerForms() {}

    /** A new tree in the form of {@code autoscaling/v1}. */
    static ObjectNode toV1(ObjectNode v2) {
        var v1 = v2.deepCopy();
        v1.put("apiVersion", "autoscaling/v1");
        if (v1.get("spec") instanceof ObjectNode spec) {
            keep(v1, METRICS, leftOver(spec, "metrics", "target", spec, "targetCPUUtilizationPercentage"));
            keep(v1, BEHAVIOR, spec.remove("behavior"));
        }
        if (v1.get("status") instanceof ObjectNode status) {
            keep(v1, CURRENT, leftOver(status, "currentMetrics", "current", status, "currentCPUUtilizationPercentage"));
            keep(v1, CONDITIONS, status.remove("conditions"));
        }
        return v1;
    }

    /** A new tree in the form of {@code autoscaling/v2}. */
    static ObjectNode toV2(ObjectNode v1) {
        var v2 = v1.deepCopy();
        v2.put("apiVersion", "autoscaling/v2");
        if (v2.get("spec") instanceof ObjectNode spec) {
            var cpu = spec.remove("targetCPUUtilizationPercentage");
            var kept = taken(v2, METRICS);
            boolean unsaid = cpu == null && (kept == null || kept.isEmpty());
            set(spec, "metrics", all(kept, "target", unsaid ? DEFAULT_CPU : cpu));
            set(spec, "behavior", taken(v2, BEHAVIOR));
        }
        var status = v2.get("status") instanceof ObjectNode there ? there : JsonNodeFactory.instance.objectNode();
        var cpu = status.remove("currentCPUUtilizationPercentage");
        set(status, "currentMetrics", all(taken(v2, CURRENT), "current", cpu));
        set(status, "conditions", taken(v2, CONDITIONS));
        if (!status.isEmpty()) {
            v2.set("status", status);
        }
        if (v2.at("/metadata/annotations") instanceof ObjectNode annotations && annotations.isEmpty()) {
            ((ObjectNode) v2.get("metadata")).remove("annotations");
        }
        return v2;
    }

    /** Takes the metrics out; the CPU's goes into its field, the others are the result. */
    private static JsonNode leftOver(ObjectNode holder, String field, String goal, ObjectNode into, String cpuField) {
        var others = JsonNodeFactory.instance.arrayNode();
        if (holder.remove(field) instanceof ArrayNode metrics) {
            for (var metric : metrics) {
                var percent = metric.path("resource").path(goal).path("averageUtilization");
                boolean cpu = metric.path("resource").path("name").asString("").equals("cpu");
                if (cpu && percent.isNumber() && !into.has(cpuField)) {
                    into.set(cpuField, percent);
                } else {
                    others.add(eachSource(metric, (kind, source) -> flat(kind, source, goal)));
                }
            }
        }
        return others;
    }

    private static JsonNode all(@Nullable JsonNode kept, String goal, @Nullable JsonNode cpu) {
        var metrics = JsonNodeFactory.instance.arrayNode();
        if (cpu != null && cpu.isNumber()) {
            var resource = metrics.addObject().put("type", "Resource").putObject("resource");
            var target = resource.put("name", "cpu").putObject(goal);
            if (goal.equals("target")) {
                target.put("type", "Utilization");
            }
            target.set("averageUtilization", cpu);
        }
        if (kept instanceof ArrayNode others) {
            others.forEach(m -> metrics.add(eachSource(m, (kind, source) -> deep(kind, source, goal))));
        }
        return metrics;
    }

    private static JsonNode eachSource(JsonNode metric, BiFunction<String, ObjectNode, ObjectNode> change) {
        var copy = metric.deepCopy();
        for (var name : SOURCES) {
            if (copy instanceof ObjectNode object && object.get(name) instanceof ObjectNode source) {
                object.set(name, change.apply(name, source));
            }
        }
        return copy;
    }

    /** Of v2's metric and target, v1's fields with long names. */
    private static ObjectNode flat(String kind, ObjectNode source, String goal) {
        var flat = source.deepCopy();
        var values = flat.remove(goal);
        move(flat, "describedObject", flat, "target");
        if (flat.remove("metric") instanceof ObjectNode metric) {
            move(metric, "name", flat, "metricName");
            move(metric, "selector", flat, selector(kind));
        }
        if (values instanceof ObjectNode target) {
            TARGET_TYPES.keySet().forEach(name -> move(target, name, flat, longName(kind, goal, name)));
        }
        return flat;
    }

    private static ObjectNode deep(String kind, ObjectNode flat, String goal) {
        var source = flat.deepCopy();
        move(source, "target", source, "describedObject");
        if (source.has("metricName")) {
            var metric = JsonNodeFactory.instance.objectNode();
            move(source, "metricName", metric, "name");
            move(source, selector(kind), metric, "selector");
            source.set("metric", metric);
        }
        var target = JsonNodeFactory.instance.objectNode();
        TARGET_TYPES.forEach((name, type) -> {
            if (source.has(longName(kind, goal, name))) {
                if (goal.equals("target")) {
                    target.put("type", type);
                }
                move(source, longName(kind, goal, name), target, name);
            }
        });
        source.set(goal, target);
        return source;
    }

    private static String selector(String kind) {
        return kind.equals("external") ? "metricSelector" : "selector";
    }

    private static String longName(String kind, String goal, String name) {
        if (kind.equals("object") && name.equals("averageValue")) {
            return name;
        }
        return goal + Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    private static void move(ObjectNode from, String name, ObjectNode to, String newName) {
        if (from.has(name)) {
            to.set(newName, from.remove(name));
        }
    }

    private static void set(ObjectNode object, String field, @Nullable JsonNode value) {
        if (value != null && !value.isEmpty()) {
            object.set(field, value);
        }
    }

    private static void keep(ObjectNode object, String annotation, @Nullable JsonNode value) {
        if (value != null && !value.isEmpty() && object.get("metadata") instanceof ObjectNode metadata) {
            metadata.withObjectProperty("annotations").put(annotation, value.toString());
        }
    }

    /** What an annotation holds; nothing if it is absent or no JSON, which is then lost, as upstream loses it. */
    private static @Nullable JsonNode taken(ObjectNode object, String annotation) {
        var text = object.at("/metadata/annotations") instanceof ObjectNode annotations
                ? annotations.remove(annotation)
                : null;
        try {
            return text != null && text.isString() ? JsonMapper.shared().readTree(text.stringValue()) : null;
        } catch (JacksonException _) {
            return null;
        }
    }
}

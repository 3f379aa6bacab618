package dev.navarch.apiserver.usage;

import dev.navarch.api.values.Quantity;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What pods or nodes use as rows, those of a pod's containers summed up (source: kubernetes-sigs/metrics-server
 * pkg/api/table.go).
 */
final class UsageTable {
    private static final Set<String> LISTS = Set.of("PodMetricsList", "NodeMetricsList");
    private static final Set<String> ONES = Set.of("PodMetrics", "NodeMetrics");
    private static final List<String> RESOURCES = List.of("cpu", "memory");

    private UsageTable() {}

    static boolean canShow(ObjectNode answer) {
        var kind = Tree.text(answer, "kind");
        return LISTS.contains(kind) || ONES.contains(kind);
    }

    /**
     * @param version of the table
     * @param include how much of its object each row has: {@code None}, {@code Object}, or else its metadata
     */
    static ObjectNode of(ObjectNode shown, String version, String include) {
        var objects = LISTS.contains(Tree.text(shown, "kind")) ? Tree.objects(shown, "items") : List.of(shown);
        var table = Tree.object().put("kind", "Table").put("apiVersion", "meta.k8s.io/" + version);
        table.putObject("metadata");
        var columns = table.putArray("columnDefinitions");
        if (!objects.isEmpty()) {
            column(columns, "Name", "name", "Name of the resource");
            RESOURCES.forEach(resource -> column(columns, resource, "quantity", ""));
            column(columns, "Window", "duration", "");
        }
        var rows = table.putArray("rows");
        for (var object : objects) {
            var row = rows.addObject();
            var cells = row.putArray("cells").add(Meta.name(object));
            usage(object).values().forEach(value -> cells.add(value.toString()));
            cells.add(Tree.text(object, "window"));
            switch (include) {
                case "None" -> row.putNull("object");
                case "Object" -> row.set("object", object);
                default -> row.set("object", partial(object, version));
            }
        }
        return table;
    }

    private static void column(ArrayNode columns, String name, String format, String description) {
        columns.addObject()
                .put("name", name)
                .put("type", "string")
                .put("format", format)
                .put("description", description)
                .put("priority", 0);
    }

    private static ObjectNode partial(ObjectNode object, String version) {
        var partial = Tree.object().put("kind", "PartialObjectMetadata").put("apiVersion", "meta.k8s.io/" + version);
        partial.set("metadata", Meta.of(object));
        return partial;
    }

    private static Map<String, Quantity> usage(ObjectNode object) {
        var all = Tree.has(object, "containers") ? Tree.objects(object, "containers") : List.of(object);
        Map<String, Quantity> sums = new LinkedHashMap<>();
        for (var resource : RESOURCES) {
            for (var each : all) {
                var used = Quantity.parse(Tree.text(each, "usage", resource));
                sums.merge(resource, used, Quantity::plus);
            }
        }
        return sums;
    }
}

package dev.navarch.api.openapi;

import dev.navarch.api.ObjectSchema;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Operations as the {@code paths} of an OpenAPI document. For one document. */
final class Paths {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> TYPES =
            List.of("application/json", "application/yaml", "application/vnd.kubernetes.protobuf");
    private static final List<String> STREAMS =
            List.of("application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch");
    private static final List<String> PATCHES = List.of(
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
            "application/apply-patch+yaml");
    private static final String PROTOBUF = "protobuf";
    private static final String STRATEGIC = "strategic";
    private static final List<String> BODIES = List.of("*/*");
    private static final List<String> TEXT = List.of("text/plain");
    private static final Map<String, String> PATH_PARAMETERS = Map.of(
            "name", "name of the object",
            "namespace", "the namespace that the object is in",
            "path", "the rest of the URL, which is passed on",
            "logpath", "the file, below the directory of logs");

    private final Dialect dialect;
    private final Definitions definitions;
    private final Map<String, ObjectNode> paths = new TreeMap<>();

    Paths(Dialect dialect, Definitions definitions) {
        this.dialect = dialect;
        this.definitions = definitions;
    }

    /**
     * @param tag of the group and version
     * @param options the type whose fields the query has, beside the operation's own parameters
     */
    void add(Operations.Operation operation, String tag, Optional<ObjectSchema> options) {
        var item = paths.computeIfAbsent(operation.path(), this::item);
        var node = item.putObject(operation.method());
        node.put("description", operation.description());
        node.putArray("tags").add(tag);
        node.put("operationId", operation.id());
        var parameters = NODES.arrayNode();
        QueryParameter.of(operation.parameters()).forEach(p -> parameters.add(parameter(p)));
        options.ifPresent(schema -> QueryParameter.of(schema).forEach(p -> parameters.add(parameter(p))));
        addBody(node, operation, parameters);
        if (!parameters.isEmpty()) {
            node.set("parameters", parameters);
        }
        addAnswers(node, operation);
        if (!operation.action().isEmpty()) {
            node.put("x-kubernetes-action", operation.action());
            node.set(
                    "x-kubernetes-group-version-kind",
                    Operations.groupVersionKind(operation.groupVersion(), operation.kind()));
        }
    }

    ObjectNode all() {
        var all = NODES.objectNode();
        paths.forEach(all::set);
        return all;
    }

    private ObjectNode item(String path) {
        var item = NODES.objectNode();
        if (!path.contains("{")) {
            return item;
        }
        var parameters = item.putArray("parameters");
        for (var name : List.of("name", "namespace", "path", "logpath")) {
            if (path.contains("{" + name + "}")) {
                var node = parameters
                        .addObject()
                        .put("name", name)
                        .put("in", "path")
                        .put("required", true)
                        .put("description", PATH_PARAMETERS.get(name));
                addType(node, "string");
            }
        }
        parameters.add(parameter(QueryParameter.PRETTY));
        return item;
    }

    private ObjectNode parameter(QueryParameter parameter) {
        var node = NODES.objectNode().put("name", parameter.name()).put("in", "query");
        if (!parameter.description().isEmpty()) {
            node.put("description", parameter.description());
        }
        addType(node, parameter.type());
        return node;
    }

    private void addType(ObjectNode node, String type) {
        var holder = dialect == Dialect.V2 ? node : node.putObject("schema");
        holder.put("type", type).put("uniqueItems", true);
    }

    private void addBody(ObjectNode node, Operations.Operation operation, ArrayNode parameters) {
        boolean patch = operation.parameters() == Operations.Parameters.PATCH;
        if (!patch && operation.body().isEmpty()) {
            return;
        }
        var schema = patch
                ? definitions.patchReference()
                : definitions.reference(operation.body().get());
        boolean required = !operation.method().equals("delete");
        var types = forms(operation, patch ? PATCHES : BODIES);
        if (dialect == Dialect.V2) {
            var body = parameters.addObject().put("name", "body").put("in", "body");
            if (required) {
                body.put("required", true);
            }
            body.set("schema", schema);
            types.forEach(node.putArray("consumes")::add);
            return;
        }
        var body = node.putObject("requestBody");
        if (required) {
            body.put("required", true);
        }
        addContent(body, types, Optional.of(schema));
    }

    private void addAnswers(ObjectNode node, Operations.Operation operation) {
        var answers = node.putObject("responses");
        var schema = operation.answer().map(definitions::reference);
        addAnswer(answers, "200", "OK", operation, schema);
        switch (operation.method()) {
            case "post" -> {
                if (operation.action().equals("post")) {
                    addAnswer(answers, "201", "Created", operation, schema);
                    addAnswer(answers, "202", "Accepted", operation, schema);
                }
            }
            case "put", "patch" -> {
                if (!operation.action().equals("connect")) {
                    addAnswer(answers, "201", "Created", operation, schema);
                }
            }
            case "delete" -> {
                if (operation.action().equals("delete")) {
                    addAnswer(answers, "202", "Accepted", operation, schema);
                }
            }
            default -> {}
        }
        addAnswer(answers, "401", "Unauthorized", operation, Optional.empty());
        if (dialect == Dialect.V2) {
            var produces = node.putArray("produces");
            forms(operation, schema.isPresent() ? TYPES : BODIES).forEach(produces::add);
            if (operation.parameters() == Operations.Parameters.LIST) {
                forms(operation, STREAMS).forEach(produces::add);
            }
        }
    }

    private void addAnswer(
            ObjectNode answers,
            String code,
            String description,
            Operations.Operation operation,
            Optional<ObjectNode> schema) {
        var answer = answers.putObject(code).put("description", description);
        if (schema.isEmpty()) {
            if (dialect == Dialect.V2 && code.equals("200")) {
                answer.putObject("schema").put("type", "string");
            } else if (dialect == Dialect.V3 && code.equals("200")) {
                addContent(answer, TEXT, Optional.of(NODES.objectNode().put("type", "string")));
            }
            return;
        }
        if (dialect == Dialect.V2) {
            answer.set("schema", schema.get().deepCopy());
            return;
        }
        addContent(answer, forms(operation, TYPES), schema);
        if (operation.parameters() == Operations.Parameters.LIST) {
            addContent(answer, forms(operation, STREAMS), schema);
        }
    }

    /** Those that there are for what the operation is about. */
    private static List<String> forms(Operations.Operation operation, List<String> types) {
        return operation.declared()
                ? types.stream()
                        .filter(t -> !t.contains(PROTOBUF) && !t.contains(STRATEGIC))
                        .toList()
                : types;
    }

    private static void addContent(ObjectNode node, List<String> types, Optional<ObjectNode> schema) {
        var content = node.withObject("/content");
        for (var type : types) {
            var media = content.putObject(type);
            schema.ifPresent(s -> media.set("schema", s.deepCopy()));
        }
    }
}

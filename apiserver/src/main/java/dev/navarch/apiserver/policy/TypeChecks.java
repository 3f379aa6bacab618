package dev.navarch.apiserver.policy;

import dev.navarch.api.FieldPath;
import dev.navarch.api.ObjectSchema;
import dev.navarch.apiserver.match.RequestVariables;
import dev.navarch.apiserver.policy.Policy.ParamKind;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.CelEnvironment;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.SchemaTypes;
import dev.navarch.cel.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * Whether a validating policy's expressions fit the types of the objects that it is about. What does not fit is told in the
 * policy's status and changes nothing else (source: .../policy/validating/typechecking.go).
 */
public final class TypeChecks {
    private static final int MOST_TYPES = 10;
    private static final String FAILED = "compilation failed: ";

    private final Schemas schemas;

    /** Knows what objects look like. */
    public interface Schemas {
        /** The kind of a resource; empty if it is not served. */
        Optional<String> kind(String group, String version, String resource);

        /** The schema of a kind; empty if it is not served. */
        Optional<ObjectSchema> schema(String apiVersion, String kind);
    }

    public TypeChecks(Schemas schemas) {
        this.schemas = schemas;
    }

    /** The {@code expressionWarnings} of the policy's status. */
    public ArrayNode warnings(JsonNode policy) {
        var spec = Tree.at(policy, "spec");
        var environments = environments(spec);
        var warnings = Tree.array();
        var validations = Tree.objects(spec, "validations");
        for (int i = 0; i < validations.size(); i++) {
            for (var field : List.of("expression", "messageExpression")) {
                var text = Tree.text(validations.get(i), field);
                var problems = text.isEmpty() ? "" : problems(text, environments);
                if (!problems.isEmpty()) {
                    warnings.addObject()
                            .put(
                                    "fieldRef",
                                    FieldPath.of("spec")
                                            .child("validations")
                                            .index(i)
                                            .child(field)
                                            .toString())
                            .put("warning", problems);
                }
            }
        }
        return warnings;
    }

    private static String problems(String text, Map<String, CelEnvironment> environments) {
        List<String> problems = new ArrayList<>();
        environments.forEach((kind, environment) -> {
            try {
                environment.any(text);
            } catch (CelFailure e) {
                var message = e.getMessage();
                problems.add(kind + ": " + (message.startsWith(FAILED) ? message.substring(FAILED.length()) : message)
                        + "\n");
            }
        });
        return String.join("\n", problems);
    }

    /** One for each kind of objects, by its name. */
    private Map<String, CelEnvironment> environments(JsonNode spec) {
        boolean params = Tree.has(spec, "paramKind");
        var paramKind = Tree.at(spec, "paramKind");
        var paramType = schemas.schema(Tree.text(paramKind, "apiVersion"), Tree.text(paramKind, "kind"))
                .map(schema -> SchemaTypes.of(schema, Tree.text(paramKind, "kind") + ".params"))
                .orElse(ValueType.DYN);
        Map<String, CelEnvironment> environments = new TreeMap<>();
        for (var kind : kinds(spec)) {
            schemas.schema(kind.apiVersion(), kind.kind()).ifPresent(schema -> {
                var type = SchemaTypes.of(schema, kind.kind());
                var base = RequestVariables.environment(params, true, type, paramType);
                environments.put(
                        kind.toString(), PolicyVariables.compile(spec, base).in(base));
            });
        }
        return environments;
    }

    /** Those that the rules name, without wildcards. */
    private List<ParamKind> kinds(JsonNode spec) {
        List<ParamKind> kinds = new ArrayList<>();
        for (var rule : Tree.objects(spec, "matchConstraints", "resourceRules")) {
            var groups = Tree.strings(rule, "apiGroups");
            var versions = Tree.strings(rule, "apiVersions");
            if (groups.contains("*") || versions.contains("*")) {
                continue;
            }
            for (var group : groups) {
                for (var version : versions) {
                    for (var resource : Tree.strings(rule, "resources")) {
                        schemas.kind(group, version, resource)
                                .map(kind -> new ParamKind(group.isEmpty() ? version : group + "/" + version, kind))
                                .filter(kind -> kinds.size() < MOST_TYPES && !kinds.contains(kind))
                                .ifPresent(kinds::add);
                    }
                }
            }
        }
        return kinds;
    }
}

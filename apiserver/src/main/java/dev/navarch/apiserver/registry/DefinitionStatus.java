package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.api.structural.StructuralRules;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The status of a custom resource definition: which of its names it has, and its conditions (source:
 * k8s.io/apiextensions-apiserver pkg/controller/status/naming_controller.go, pkg/controller/establish,
 * pkg/controller/nonstructuralschema, pkg/controller/apiapproval and pkg/apihelpers/helpers.go).
 */
final class DefinitionStatus {
    private static final String APPROVAL = "api-approved.kubernetes.io";
    private static final String NEEDS = "protected groups must have approval annotation \"" + APPROVAL + "\"";
    private static final String PULL = ", see https://github.com/kubernetes/enhancements/pull/1111";
    private static final String NAMES_ACCEPTED = "NamesAccepted";
    private static final String ESTABLISHED = "Established";
    private static final String NON_STRUCTURAL = "NonStructuralSchema";

    private final TimeSource time;

    DefinitionStatus(TimeSource time) {
        this.time = time;
    }

    /** A condition without its time. */
    record Condition(String type, String status, String reason, String message) {}

    /** The names that others of a group have. */
    record Taken(Set<String> resources, Set<String> kinds) {
        static Taken of(Collection<CustomDefinition.Names> names) {
            var taken = new Taken(new HashSet<>(), new HashSet<>());
            for (var one : names) {
                taken.resources.add(one.plural());
                taken.resources.add(one.singular());
                taken.resources.addAll(one.shortNames());
                taken.kinds.add(one.kind());
                taken.kinds.add(one.listKind());
            }
            taken.resources.remove("");
            taken.kinds.remove("");
            return taken;
        }
    }

    /**
     * @param definition with or without its schemas
     * @param schemas of its versions
     */
    ObjectNode of(ObjectNode definition, IntFunction<JsonNode> schemas, Taken taken) {
        var status = status(definition);
        var conditions = (ArrayNode) status.get("conditions");
        var names = acceptNames(definition, status, taken);
        set(conditions, names);
        if (!CustomDefinition.condition(definition, ESTABLISHED)) {
            // it is served by now, so what upstream says in between, Installing, is over
            set(
                    conditions,
                    names.status.equals("True")
                            ? new Condition(
                                    ESTABLISHED, "True", "InitialNamesAccepted", "the initial names have been accepted")
                            : new Condition(ESTABLISHED, "False", "NotAccepted", "not all names are accepted"));
        }
        structure(definition, schemas).ifPresentOrElse(c -> set(conditions, c), () -> remove(conditions));
        approval(definition).ifPresent(c -> set(conditions, c));
        return status;
    }

    /** Of a definition that is being deleted. */
    ObjectNode terminating(ObjectNode definition, Condition condition) {
        var status = status(definition);
        set((ArrayNode) status.get("conditions"), condition);
        return status;
    }

    private static ObjectNode status(ObjectNode definition) {
        var status = Tree.at(definition, "status") instanceof ObjectNode there ? there.deepCopy() : Tree.object();
        if (!(status.get("conditions") instanceof ArrayNode)) {
            status.putArray("conditions");
        }
        if (!(status.get("acceptedNames") instanceof ObjectNode)) {
            status.putObject("acceptedNames").put("plural", "").put("kind", "");
        }
        return status;
    }

    /** Each name that is free is taken, whatever becomes of the others; the last conflict is told. */
    private static Condition acceptNames(ObjectNode definition, ObjectNode status, Taken taken) {
        var wanted = (ObjectNode) Tree.at(definition, "spec", "names");
        var accepted = (ObjectNode) status.get("acceptedNames");
        var said = new Condition(NAMES_ACCEPTED, "True", "NoConflicts", "no conflicts found");
        for (var field : List.of("plural", "singular")) {
            said = accept(field, wanted, accepted, taken.resources).orElse(said);
        }
        said = acceptShortNames(wanted, accepted, taken.resources).orElse(said);
        for (var field : List.of("kind", "listKind")) {
            said = accept(field, wanted, accepted, taken.kinds).orElse(said);
        }
        copy("categories", wanted, accepted);
        return said;
    }

    private static Optional<Condition> accept(String field, ObjectNode wanted, ObjectNode accepted, Set<String> taken) {
        var name = Tree.text(wanted, field);
        if (!name.equals(Tree.text(accepted, field)) && taken.contains(name)) {
            var reason = Character.toUpperCase(field.charAt(0)) + field.substring(1) + "Conflict";
            return Optional.of(new Condition(NAMES_ACCEPTED, "False", reason, inUse(name)));
        }
        copy(field, wanted, accepted);
        return Optional.empty();
    }

    private static Optional<Condition> acceptShortNames(ObjectNode wanted, ObjectNode accepted, Set<String> taken) {
        var own = new HashSet<>(Tree.strings(accepted, "shortNames"));
        own.add(Tree.text(accepted, "plural"));
        own.add(Tree.text(accepted, "singular"));
        var inUse = Tree.strings(wanted, "shortNames").stream()
                .filter(name -> !own.contains(name) && taken.contains(name))
                .map(DefinitionStatus::inUse)
                .toList();
        if (!inUse.isEmpty()) {
            return Optional.of(new Condition(NAMES_ACCEPTED, "False", "ShortNamesConflict", aggregate(inUse)));
        }
        copy("shortNames", wanted, accepted);
        return Optional.empty();
    }

    private static void copy(String field, ObjectNode from, ObjectNode to) {
        var value = from.get(field);
        if (value == null) {
            to.remove(field);
        } else {
            to.set(field, value.deepCopy());
        }
    }

    private static String inUse(String name) {
        return GoText.quote(name) + " is already in use";
    }

    /** Several errors as one (source: k8s.io/apimachinery pkg/util/errors/errors.go). */
    private static String aggregate(List<String> errors) {
        var different = errors.stream().distinct().toList();
        return different.size() == 1 ? different.getFirst() : "[" + String.join(", ", different) + "]";
    }

    /** Only definitions of the old sort, which were taken by other servers, can have schemas that are not structural. */
    private static Optional<Condition> structure(ObjectNode definition, IntFunction<JsonNode> schemas) {
        if (!Tree.at(definition, "spec", "preserveUnknownFields").asBoolean(false)) {
            return Optional.empty();
        }
        List<FieldError> errors = new ArrayList<>();
        for (int i = 0; i < Tree.objects(definition, "spec", "versions").size(); i++) {
            var schema = schemas.apply(i);
            if (schema.isObject()) {
                var path = FieldPath.of("spec").child("versions").index(i);
                errors.addAll(StructuralRules.check(schema, path.child("schema").child("openAPIV3Schema")));
            }
        }
        return errors.isEmpty()
                ? Optional.empty()
                : Optional.of(new Condition(
                        NON_STRUCTURAL,
                        "True",
                        "Violations",
                        aggregate(errors.stream().map(FieldError::message).toList())));
    }

    private static void remove(ArrayNode conditions) {
        for (int i = conditions.size() - 1; i >= 0; i--) {
            if (Tree.text(conditions.get(i), "type").equals(NON_STRUCTURAL)) {
                conditions.remove(i);
            }
        }
    }

    /** Groups of Kubernetes itself need the word of those who look after its APIs. */
    private static Optional<Condition> approval(ObjectNode definition) {
        var group = "." + Tree.text(definition, "spec", "group");
        if (!group.endsWith(".k8s.io") && !group.endsWith(".kubernetes.io")) {
            return Optional.empty();
        }
        var annotation = Meta.annotations(definition).getOrDefault(APPROVAL, "");
        if (annotation.isEmpty()) {
            return Optional.of(approval("False", "MissingAnnotation", NEEDS + PULL));
        }
        if (annotation.startsWith("unapproved")) {
            return Optional.of(approval("False", "UnapprovedAnnotation", "not approved: " + GoText.quote(annotation)));
        }
        return Optional.of(
                isUrl(annotation)
                        ? approval("True", "ApprovedAnnotation", "approved in " + annotation)
                        : approval(
                                "False",
                                "InvalidAnnotation",
                                NEEDS + " with either a URL or a reason starting with \"unapproved\"" + PULL));
    }

    private static Condition approval(String status, String reason, String message) {
        return new Condition("KubernetesAPIApprovalPolicyConformant", status, reason, message);
    }

    private static boolean isUrl(String text) {
        try {
            var url = new URI(text);
            return url.getScheme() != null && url.getHost() != null;
        } catch (URISyntaxException _) {
            return false;
        }
    }

    private void set(ArrayNode conditions, Condition condition) {
        for (var each : conditions) {
            if (each instanceof ObjectNode there && Tree.text(there, "type").equals(condition.type)) {
                if (!Tree.text(there, "status").equals(condition.status)) {
                    there.put("lastTransitionTime", Meta.time(time.now()));
                }
                there.put("status", condition.status)
                        .put("reason", condition.reason)
                        .put("message", condition.message);
                return;
            }
        }
        conditions
                .addObject()
                .put("lastTransitionTime", Meta.time(time.now()))
                .put("message", condition.message)
                .put("reason", condition.reason)
                .put("status", condition.status)
                .put("type", condition.type);
    }
}

package dev.navarch.apiserver.registry;

import dev.navarch.api.custom.CustomDefinition;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The status of a custom resource definition: which of its names it has, and its conditions (source:
 * k8s.io/apiextensions-apiserver pkg/controller/status/naming_controller.go and
 * pkg/controller/apiapproval/apiapproval_controller.go).
 */
final class DefinitionStatus {
    private static final String APPROVAL = "api-approved.kubernetes.io";

    private final TimeSource time;

    DefinitionStatus(TimeSource time) {
        this.time = time;
    }

    private record Conflict(String reason, String message) {}

    /** @param taken the names that others of the same group have */
    ObjectNode of(ObjectNode definition, List<CustomDefinition.Names> taken) {
        var status = status(definition);
        var conditions = (ArrayNode) status.get("conditions");
        var wanted = (ObjectNode) Tree.at(definition, "spec", "names");
        var conflict = conflict(CustomDefinition.Names.of(wanted), taken);
        if (conflict == null) {
            status.set("acceptedNames", wanted.deepCopy());
            condition(conditions, "NamesAccepted", true, "NoConflicts", "no conflicts found");
            condition(conditions, "Established", true, "InitialNamesAccepted", "the initial names have been accepted");
        } else {
            condition(conditions, "NamesAccepted", false, conflict.reason, conflict.message);
            if (!CustomDefinition.condition(definition, "Established")) {
                condition(conditions, "Established", false, "NotAccepted", "not all names are accepted");
            }
        }
        approval(definition, conditions);
        return status;
    }

    /** Of a definition that is being deleted. */
    ObjectNode terminating(ObjectNode definition) {
        var status = status(definition);
        condition(
                (ArrayNode) status.get("conditions"),
                "Terminating",
                true,
                "InstanceDeletionInProgress",
                "CustomResource deletion is in progress");
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

    private static Conflict conflict(CustomDefinition.Names names, List<CustomDefinition.Names> taken) {
        if (has(
                taken,
                n -> List.of(n.plural(), n.singular()).contains(names.plural())
                        || n.shortNames().contains(names.plural()))) {
            return inUse("PluralConflict", names.plural());
        }
        if (!names.singular().isEmpty() && has(taken, n -> resourceNames(n).contains(names.singular()))) {
            return inUse("SingularConflict", names.singular());
        }
        for (var name : names.shortNames()) {
            if (has(taken, n -> resourceNames(n).contains(name))) {
                return inUse("ShortNamesConflict", name);
            }
        }
        Function<String, Predicate<CustomDefinition.Names>> kinds =
                kind -> n -> n.kind().equals(kind) || n.listKind().equals(kind);
        if (has(taken, kinds.apply(names.kind()))) {
            return inUse("KindConflict", names.kind());
        }
        if (has(taken, kinds.apply(names.listKind()))) {
            return inUse("ListKindConflict", names.listKind());
        }
        return null;
    }

    private static List<String> resourceNames(CustomDefinition.Names names) {
        List<String> all = new ArrayList<>(names.shortNames());
        all.add(names.plural());
        all.add(names.singular());
        return all;
    }

    private static boolean has(List<CustomDefinition.Names> taken, Predicate<CustomDefinition.Names> wanted) {
        return taken.stream().anyMatch(wanted);
    }

    private static Conflict inUse(String reason, String name) {
        return new Conflict(reason, "\"" + name + "\" is already in use");
    }

    /** Groups of Kubernetes itself need the word of those who look after its APIs. */
    private void approval(ObjectNode definition, ArrayNode conditions) {
        var group = Tree.text(definition, "spec", "group");
        if (!isProtected(group)) {
            return;
        }
        var annotation = Meta.annotations(definition).getOrDefault(APPROVAL, "");
        if (annotation.isEmpty()) {
            condition(
                    conditions,
                    "KubernetesAPIApprovalPolicyConformant",
                    false,
                    "MissingAnnotation",
                    "protected groups must have approval annotation \"" + APPROVAL
                            + "\", see https://github.com/kubernetes/enhancements/pull/1111");
        } else if (annotation.startsWith("unapproved")) {
            condition(
                    conditions,
                    "KubernetesAPIApprovalPolicyConformant",
                    false,
                    "EmergencyOverride",
                    "not approved: \"" + annotation + "\"");
        } else {
            condition(
                    conditions,
                    "KubernetesAPIApprovalPolicyConformant",
                    true,
                    "ApprovedAnnotation",
                    "approved in " + annotation);
        }
    }

    static boolean isProtected(String group) {
        return group.equals("k8s.io")
                || group.endsWith(".k8s.io")
                || group.equals("kubernetes.io")
                || group.endsWith(".kubernetes.io");
    }

    private void condition(ArrayNode conditions, String type, boolean holds, String reason, String message) {
        var wanted = holds ? "True" : "False";
        for (int i = 0; i < conditions.size(); i++) {
            if (conditions.get(i) instanceof ObjectNode there
                    && Tree.text(there, "type").equals(type)) {
                if (!Tree.text(there, "status").equals(wanted)) {
                    there.put("lastTransitionTime", Meta.time(time.now()));
                }
                there.put("status", wanted).put("reason", reason).put("message", message);
                return;
            }
        }
        conditions
                .addObject()
                .put("lastTransitionTime", Meta.time(time.now()))
                .put("message", message)
                .put("reason", reason)
                .put("status", wanted)
                .put("type", type);
    }
}

package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.structural.Structural;
import dev.navarch.api.structural.StructuralRules;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.rules.RuleChecks;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses custom resource definitions whose schemas can't be taken (source: k8s.io/apiextensions-apiserver
 * pkg/apis/apiextensions/validation).
 */
final class DefinitionHook implements KindHook {
    private static final DefinitionStatus.Condition PENDING = new DefinitionStatus.Condition(
            "Terminating",
            "True",
            "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon");

    private final DefinitionStatus statuses;

    DefinitionHook(DefinitionStatus statuses) {
        this.statuses = statuses;
    }

    @Override
    public Reservation creating(ObjectNode now) {
        check(now, Tree.object());
        return Reservation.NONE;
    }

    @Override
    public Reservation updating(ObjectNode now, ObjectNode old) {
        check(now, old);
        return Reservation.NONE;
    }

    /** Its objects go first (source: pkg/registry/customresourcedefinition/etcd.go). */
    @Override
    public void deleting(ObjectNode now) {
        var finalizers = new ArrayList<>(Meta.finalizers(now));
        if (!finalizers.contains(CustomDefinitions.FINALIZER)) {
            finalizers.add(CustomDefinitions.FINALIZER);
            Meta.finalizers(now, finalizers);
        }
        now.set("status", statuses.terminating(now, PENDING));
    }

    private static void check(ObjectNode now, ObjectNode old) {
        List<FieldError> errors = new ArrayList<>();
        var versions = Tree.objects(now, "spec", "versions");
        for (int i = 0; i < versions.size(); i++) {
            var path = FieldPath.of("spec")
                    .child("versions")
                    .index(i)
                    .child("schema")
                    .child("openAPIV3Schema");
            var schema = Tree.at(versions.get(i), "schema", "openAPIV3Schema");
            if (!schema.isObject()) {
                errors.add(FieldError.required(path.toString(), "schemas are required"));
            } else if (!knownBefore(versions.get(i), old)) {
                var wrong = StructuralRules.check(schema, path);
                errors.addAll(PropertyTypes.check(schema, path));
                errors.addAll(wrong.isEmpty() ? RuleChecks.check(Structural.of(schema), path) : wrong);
            }
        }
        if (!errors.isEmpty()) {
            throw ServedResource.invalid("apiextensions.k8s.io", "CustomResourceDefinition", Meta.name(now), errors);
        }
    }

    /** What was taken once is taken again. */
    private static boolean knownBefore(ObjectNode version, ObjectNode old) {
        return Tree.objects(old, "spec", "versions").stream()
                .anyMatch(v -> Tree.text(v, "name").equals(Tree.text(version, "name"))
                        && Tree.at(v, "schema").equals(Tree.at(version, "schema")));
    }
}

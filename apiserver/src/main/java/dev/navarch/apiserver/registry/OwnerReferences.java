package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An object's owners, each named once (source: k8s.io/apiserver pkg/endpoints/handlers/rest.go, dedupOwnerReferences). */
final class OwnerReferences {
    private OwnerReferences() {}

    /** Drops references that are there twice, and warns of them. */
    static void dedup(ObjectNode object, List<String> warnings, boolean afterAdmission) {
        if (!(Tree.at(object, "metadata", "ownerReferences") instanceof ArrayNode references)
                || references.size() < 2) {
            return;
        }
        Set<JsonNode> distinct = new LinkedHashSet<>();
        List<String> twice = new ArrayList<>();
        for (var reference : references) {
            if (!distinct.add(reference)) {
                twice.add(Tree.text(reference, "uid"));
            }
        }
        if (twice.isEmpty()) {
            return;
        }
        var kept = Meta.of(object).putArray("ownerReferences");
        distinct.forEach(kept::add);
        warnings.add(".metadata.ownerReferences contains duplicate entries"
                + (afterAdmission ? " after mutating admission happens" : "")
                + "; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please"
                + " fix your requests; duplicate UID(s) observed: " + String.join(", ", twice));
    }
}

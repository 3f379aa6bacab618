package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What has to be added to a default role or binding that is there already: rules, subjects, labels. What others have added
 * stays (source: k8s.io/component-helpers auth/rbac/reconciliation; kubernetes pkg/registry/rbac/rest/storage_rbac.go).
 */
public final class PolicyReconciliation {
    private static final String AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";
    private static final String SYSTEM_NODES = "system:nodes";

    private PolicyReconciliation() {}

    /** Whether the binding gives another role than it should: it must be made anew, since that can't be changed. */
    public static boolean bindsAnother(ObjectNode stored, ObjectNode expected) {
        return !isProtected(stored)
                && (!ref(stored, "kind").equals(ref(expected, "kind"))
                        || !ref(stored, "name").equals(ref(expected, "name")));
    }

    private static String ref(ObjectNode binding, String field) {
        return Tree.text(binding, "roleRef", field);
    }

    private static boolean isProtected(ObjectNode stored) {
        return Tree.text(stored, "metadata", "annotations", AUTOUPDATE).equals("false");
    }

    /** The stored object as it should be; empty if it is as it should be, or must not be touched. */
    public static Optional<ObjectNode> change(ObjectNode stored, ObjectNode expected) {
        if (isProtected(stored)) {
            return Optional.empty();
        }
        var changed = stored.deepCopy();
        merge(changed, expected, "labels");
        merge(changed, expected, "annotations");
        if (Tree.has(expected, "aggregationRule")) {
            selectors(changed, expected);
        } else if (Tree.has(expected, "rules")) {
            rules(changed, expected);
        } else {
            subjects(changed, expected);
        }
        return changed.equals(stored) ? Optional.empty() : Optional.of(changed);
    }

    private static void merge(ObjectNode changed, ObjectNode expected, String field) {
        Tree.stringMap(expected, "metadata", field).forEach((key, value) -> {
            var there = Tree.childObject(Tree.childObject(changed, "metadata"), field);
            if (!there.has(key)) {
                there.put(key, value);
            }
        });
    }

    private static void rules(ObjectNode changed, ObjectNode expected) {
        if (Tree.at(changed, "rules").equals(Tree.at(expected, "rules"))) {
            return;
        }
        var held = Rule.listOf(Tree.at(changed, "rules"));
        for (var rule : Tree.objects(expected, "rules")) {
            if (!RuleCover.missing(held, List.of(Rule.of(rule))).isEmpty()) {
                Tree.childArray(changed, "rules").add(rule.deepCopy());
            }
        }
    }

    private static void selectors(ObjectNode changed, ObjectNode expected) {
        var there = Tree.objects(changed, "aggregationRule", "clusterRoleSelectors");
        for (var selector : Tree.objects(expected, "aggregationRule", "clusterRoleSelectors")) {
            if (!there.contains(selector)) {
                Tree.childArray(Tree.childObject(changed, "aggregationRule"), "clusterRoleSelectors")
                        .add(selector.deepCopy());
            }
        }
    }

    private static void subjects(ObjectNode changed, ObjectNode expected) {
        var wanted = Binding.of(expected);
        var there = Binding.of(changed);
        if (wanted.subjects().isEmpty() && isEarlierDefault(there)) {
            changed.remove("subjects");
            return;
        }
        var subjects = Tree.objects(expected, "subjects");
        for (int i = 0; i < subjects.size(); i++) {
            if (!there.subjects().contains(wanted.subjects().get(i))) {
                Tree.childArray(changed, "subjects")
                        .add((JsonNode) subjects.get(i).deepCopy());
            }
        }
    }

    /** Before nodes were authorized by what runs on them, all of them had the role of nodes. */
    private static boolean isEarlierDefault(Binding binding) {
        return binding.role().equals("system:node")
                && binding.subjects().size() == 1
                && binding.subjects().getFirst().group()
                && binding.subjects().getFirst().name().equals(SYSTEM_NODES);
    }
}

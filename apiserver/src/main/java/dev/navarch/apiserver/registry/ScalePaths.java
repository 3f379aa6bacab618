package dev.navarch.apiserver.registry;

import dev.navarch.api.custom.CustomVersion;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where an object has its replicas. Built-in kinds have them all in one place; of custom resources the definition says
 * (source: k8s.io/apiextensions-apiserver pkg/registry/customresource/etcd.go, ScaleREST).
 *
 * @param spec path of the wanted number
 * @param status path of the number that there is
 * @param labels path of the selector in the query's form; nothing for a selector in {@code spec.selector}
 * @param custom whether the wanted number must be there
 */
record ScalePaths(List<String> spec, List<String> status, Optional<List<String>> labels, boolean custom) {
    private static final ScalePaths BUILT_IN =
            new ScalePaths(List.of("spec", "replicas"), List.of("status", "replicas"), Optional.empty(), false);

    static ScalePaths of(ServedResource resource) {
        return resource.custom().flatMap(CustomKind::scale).map(ScalePaths::of).orElse(BUILT_IN);
    }

    private static ScalePaths of(CustomVersion.Scale scale) {
        return new ScalePaths(
                path(scale.specReplicas()),
                path(scale.statusReplicas()),
                Optional.of(scale.labelSelector().map(ScalePaths::path).orElse(List.of())),
                true);
    }

    private static List<String> path(String dotted) {
        return List.of(dotted.substring(1).split("\\."));
    }

    long specReplicas(ObjectNode object) {
        if (custom && !Tree.at(object, spec.toArray(String[]::new)).isNumber()) {
            throw ApiFailure.internalError(
                    "the spec replicas field \"." + String.join(".", spec) + "\" does not exist");
        }
        return Tree.number(object, 0, spec.toArray(String[]::new));
    }

    long statusReplicas(ObjectNode object) {
        return Tree.number(object, 0, status.toArray(String[]::new));
    }

    void setReplicas(ObjectNode object, long replicas) {
        ObjectNode at = object;
        for (var name : spec.subList(0, spec.size() - 1)) {
            at = Tree.childObject(at, name);
        }
        at.put(spec.getLast(), replicas);
    }

    /** In the query's form; empty for none. */
    String selector(ObjectNode object) {
        if (labels.isPresent()) {
            return labels.get().isEmpty() ? "" : Tree.text(object, labels.get().toArray(String[]::new));
        }
        return ofLabels(object);
    }

    /** In the query's form; a replication controller's selector is a plain map of labels. */
    private static String ofLabels(ObjectNode object) {
        var selector = Tree.at(object, "spec", "selector");
        try {
            return Tree.has(selector, "matchLabels") || Tree.has(selector, "matchExpressions")
                    ? LabelSelector.ofObject(selector).toString()
                    : LabelSelector.ofLabels(Tree.stringMap(selector)).toString();
        } catch (SelectorException _) {
            return "";
        }
    }
}

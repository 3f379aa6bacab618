package dev.navarch.api.kinds;

import java.util.List;
import java.util.Map;

/** Labels of nodes that have a newer name (source: kubernetes pkg/api/node/util.go). */
final class NodeLabelWarnings {
    private static final Map<String, String> DEPRECATED = Map.of(
            "beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
            "beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead",
            "failure-domain.beta.kubernetes.io/region",
                    "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
            "failure-domain.beta.kubernetes.io/zone",
                    "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
            "beta.kubernetes.io/instance-type",
                    "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead");

    private NodeLabelWarnings() {}

    /** Of a map of labels. */
    static void labels(At labels, List<String> found) {
        labels.entries().forEach(entry -> {
            var why = DEPRECATED.get(entry.getKey());
            if (why != null) {
                found.add(labels.path() + "[" + entry.getKey() + "]: " + why);
            }
        });
    }

    /** Of a key of a selector's labels, at the place of the labels. */
    static void selected(At labels, String key, List<String> found) {
        var why = DEPRECATED.get(key);
        if (why != null) {
            found.add(labels.path() + "[" + key + "]: " + key + " is " + why);
        }
    }

    /** Of a place that holds the name of a label. */
    static void name(At name, List<String> found) {
        var why = DEPRECATED.get(name.text());
        if (why != null) {
            found.add(name.path() + ": " + name.text() + " is " + why);
        }
    }

    /** Of a term of a node selector. */
    static void term(At term, List<String> found) {
        term.at("matchExpressions").items().forEach(expression -> name(expression.at("key"), found));
    }
}

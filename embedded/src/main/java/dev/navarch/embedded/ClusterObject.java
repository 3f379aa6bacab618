package dev.navarch.embedded;

import dev.navarch.apiserver.wire.Documents;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** An object of the cluster as it was at one moment, for looking at whatever its kind. */
public final class ClusterObject {
    private final JsonNode tree;

    ClusterObject(JsonNode tree) {
        this.tree = tree;
    }

    /** A text, number or truth value in it, as text; empty if there is none there. */
    public Optional<String> at(String... path) {
        var found = node(path);
        return found.isValueNode() && !found.isNull() ? Optional.of(found.asString()) : Optional.empty();
    }

    /** Likewise a number; 0 if there is none. */
    public long number(String... path) {
        return node(path).asLong(0);
    }

    /** The status of a condition, such as {@code True}; empty if it has none of this type. */
    public Optional<String> condition(String type) {
        for (var condition : node("status", "conditions")) {
            if (condition.path("type").asString("").equals(type)) {
                return Optional.of(condition.path("status").asString(""));
            }
        }
        return Optional.empty();
    }

    private JsonNode node(String... path) {
        var at = tree;
        for (var name : path) {
            at = at.path(name);
        }
        return at;
    }

    JsonNode tree() {
        return tree;
    }

    /** As {@code kubectl get -o yaml} shows it. */
    public String yaml() {
        return Documents.yamlText(tree);
    }

    @Override
    public String toString() {
        return yaml();
    }
}

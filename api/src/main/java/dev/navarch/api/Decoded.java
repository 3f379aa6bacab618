package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body that could be read.
 *
 * @param tree the object, without the fields that its schema does not know and without nulls that Go would drop; it is
 *     the caller's
 * @param strictErrors what was not known or was given twice, in upstream's words and order: {@code unknown field
 *     "spec.foo"}, {@code duplicate field "spec.foo"}; all keys that a YAML text gives twice are one error, the first. It
 *     is what {@code fieldValidation=Strict} refuses
 */
public record Decoded(ObjectNode tree, List<String> strictErrors) {
    static final String TWICE_IN_YAML = "yaml: unmarshal errors:\n";

    public Decoded {
        requireNonNull(tree, "tree");
        strictErrors = List.copyOf(strictErrors);
    }

    /**
     * What {@code fieldValidation=Warn} warns of: the same, but each line of a YAML text by itself (source:
     * k8s.io/apiserver pkg/endpoints/handlers/rest.go, parseYAMLWarnings).
     */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        for (var error : strictErrors) {
            if (error.startsWith(TWICE_IN_YAML)) {
                error.substring(TWICE_IN_YAML.length())
                        .lines()
                        .map(String::strip)
                        .forEach(warnings::add);
            } else {
                warnings.add(error);
            }
        }
        return warnings;
    }
}

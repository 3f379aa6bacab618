package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body that could be read.
 *
 * @param tree the object, without the fields that its schema does not know and without nulls that Go would drop; it is
 *     the caller's
 * @param unknownFields what was not known, in upstream's words: {@code unknown field "spec.foo"}
 * @param duplicateFields what was given twice, in upstream's words: {@code duplicate field "spec.foo"}
 */
public record Decoded(ObjectNode tree, List<String> unknownFields, List<String> duplicateFields) {

    public Decoded {
        requireNonNull(tree, "tree");
        unknownFields = List.copyOf(unknownFields);
        duplicateFields = List.copyOf(duplicateFields);
    }

    /** Everything that {@code fieldValidation=Strict} refuses and {@code Warn} warns of. */
    public List<String> strictErrors() {
        return Stream.concat(unknownFields.stream(), duplicateFields.stream()).toList();
    }
}

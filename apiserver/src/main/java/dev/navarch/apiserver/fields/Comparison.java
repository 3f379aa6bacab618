package dev.navarch.apiserver.fields;

import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which fields differ between two states of an object. Only the path of an element that
 * occurs once in one state and more often in the other is in two of the sets (source: structured-merge-diff
 * typed/compare.go).
 */
record Comparison(FieldSet added, FieldSet modified, FieldSet removed) {

    /**
     * @param stored whether the later state, and the earlier too if it has not been stored, are taken as they would be
     *     stored; else absent fields are absent and empty ones are there
     * @throws FieldsException if elements of a list cannot be told apart
     */
    static Comparison of(ObjectNode before, ObjectNode after, Shape.Struct shape, boolean stored) {
        return new Comparer(stored).compare(before, after, shape);
    }

    boolean isEmpty() {
        return added.isEmpty() && modified.isEmpty() && removed.isEmpty();
    }

    Comparison filtered(UnaryOperator<FieldSet> filter) {
        return new Comparison(filter.apply(added), filter.apply(modified), filter.apply(removed));
    }

    /** What the later state has and the earlier has not, or not like this. */
    FieldSet written() {
        return added.union(modified);
    }
}

package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import java.util.Optional;

/** What a schema has to say about a set of fields. */
final class SetRules {
    private SetRules() {}

    /**
     * With the named fields that lead to others, which are in no set by themselves (source: structured-merge-diff
     * fieldpath/set.go, EnsureNamedFieldsAreMembers).
     */
    static FieldSet withNamedFields(FieldSet set, Shape shape) {
        var out = new FieldSet.Builder();
        for (int i = 0; i < set.nodes(); i++) {
            var element = set.element(i);
            boolean named = element instanceof PathElement.Name name
                    && shape instanceof Struct struct
                    && struct.member(name.name()) != null;
            var below = set.below(i);
            boolean leads = named && !below.isEmpty();
            out.add(
                    element,
                    set.member(i) || leads,
                    below.isEmpty()
                            ? below
                            : withNamedFields(below, below(shape, element).orElse(Deduced.DEDUCED)));
        }
        return out.build();
    }

    private static Optional<Shape> below(Shape shape, PathElement element) {
        return switch (shape) {
            case Struct struct ->
                element instanceof PathElement.Name name ? struct.shapeOf(name.name()) : Optional.empty();
            case Keyed map -> Optional.of(map.value());
            case SetOf set -> Optional.of(set.element());
            case ListOf list -> Optional.of(list.element());
            case Deduced _ -> Optional.of(Deduced.DEDUCED);
            case Leaf _ -> Optional.empty();
        };
    }

    /**
     * A set that was written when a value was still owned by its parts, while it is owned as a whole now: whoever owned
     * a part owns the whole. The other way around nothing has to be done (source: structured-merge-diff
     * typed/reconcile_schema.go).
     */
    static FieldSet reconciled(FieldSet set, Struct shape) {
        return reconcile(set, shape);
    }

    private static FieldSet reconcile(FieldSet set, Shape shape) {
        FieldSet result = set;
        for (int i = 0; i < set.nodes(); i++) {
            var below = set.below(i);
            if (below.isEmpty()) {
                continue;
            }
            var element = set.element(i);
            var inner = below(shape, element);
            if (inner.isEmpty()) {
                continue;
            }
            boolean whole = inner.get() instanceof Leaf leaf && leaf.scalar().isEmpty();
            var now = whole ? FieldSet.EMPTY : reconcile(below, inner.get());
            if (whole || now != below) {
                var single = new FieldSet.Builder();
                single.add(element, true, FieldSet.EMPTY);
                var replaced = result.recursiveDifference(single.build());
                single.add(element, whole || set.member(i), now);
                result = replaced.union(single.build());
            }
        }
        return result;
    }
}

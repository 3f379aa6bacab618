package dev.navarch.apiserver.fields;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * A set of fields and its text in the form of {@code fieldsV1}, each made from the other when it is first asked for.
 */
final class Fields {
    static final Fields EMPTY = new Fields(FieldSet.EMPTY);

    private volatile @Nullable FieldSet set;
    private volatile @Nullable RawJson text;
    private volatile @Nullable Reconciled reconciled;

    private record Reconciled(Shape.Struct shape, Fields fields) {}

    Fields(FieldSet set) {
        this.set = set;
    }

    Fields(RawJson text) {
        this.text = text;
    }

    /** @throws FieldsException if the text cannot be read */
    FieldSet set() {
        var now = set;
        if (now == null) {
            now = FieldSet.parse(requireNonNull(text).bytes());
            set = now;
        }
        return now;
    }

    RawJson text() {
        var now = text;
        if (now == null) {
            now = new RawJson(set().json());
            text = now;
        }
        return now;
    }

    /** Brought up to what the schema now says. */
    Fields reconciled(Shape.Struct shape) {
        var known = reconciled;
        if (known != null && known.shape == shape) {
            return known.fields;
        }
        var result = with(SetRules.reconciled(set(), shape));
        reconciled = new Reconciled(shape, result);
        return result;
    }

    /** This, if it is the same set. */
    Fields with(FieldSet other) {
        return other == set() ? this : new Fields(other);
    }
}

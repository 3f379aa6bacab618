package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldErrorType;
import dev.navarch.api.values.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is wrong with an object, at most {@value #MOST} problems of it.
 *
 * <p>The checks that many rules share are here too. Source: apimachinery pkg/util/validation/field/errors.go.
 */
final class Problems {
    private static final int MOST = 1_000;

    private final List<FieldError> errors = new ArrayList<>();

    List<FieldError> list() {
        return List.copyOf(errors);
    }

    boolean isEmpty() {
        return errors.isEmpty();
    }

    void required(At at, String detail) {
        add(FieldError.required(at.path(), detail));
    }

    void invalid(At at, String detail) {
        invalid(at, at.value(), detail);
    }

    void invalid(At at, @Nullable Object value, String detail) {
        add(FieldError.invalid(at.path(), value, detail));
    }

    /** As {@link #invalid}, where upstream does not show the value. */
    void invalidUnshown(At at, String detail) {
        invalid(at, FieldError.OMITTED, detail);
    }

    void duplicate(At at, Object value) {
        duplicate(at, value, "");
    }

    void duplicate(At at, Object value, String detail) {
        add(new FieldError(FieldErrorType.DUPLICATE, at.path(), value, detail));
    }

    void forbidden(At at, String detail) {
        add(FieldError.forbidden(at.path(), detail));
    }

    void notFound(At at, Object value) {
        add(FieldError.notFound(at.path(), value));
    }

    void notFound(At at, Object value, String detail) {
        add(new FieldError(FieldErrorType.NOT_FOUND, at.path(), value, detail));
    }

    void notSupported(At at, List<String> supported) {
        notSupported(at, at.value(), supported);
    }

    void notSupported(At at, Object value, List<String> supported) {
        add(FieldError.notSupported(at.path(), value, supported));
    }

    void tooLong(At at, int most) {
        add(FieldError.tooLong(at.path(), most));
    }

    void tooMany(At at, int most) {
        add(FieldError.tooMany(at.path(), at.size(), most));
    }

    void found(List<FieldError> wrong) {
        wrong.forEach(this::add);
    }

    private void add(FieldError error) {
        if (errors.size() < MOST) {
            errors.add(error);
        }
    }

    /** Each item of a list; a list that is too long gets that one complaint. */
    void items(At list, int most, BiConsumer<At, Problems> check) {
        if (list.size() > most) {
            tooMany(list, most);
            return;
        }
        for (At item : list.items()) {
            check.accept(item, this);
        }
    }

    /** As {@link #items}, for a list no two items of which may have one key. */
    void set(At list, int most, BiConsumer<At, Problems> check, Function<At, Object> key) {
        items(list, most, check);
        if (list.size() <= most) {
            unique(list, key);
        }
    }

    /** Complains of each item whose key an earlier one has. */
    void unique(At list, Function<At, Object> key) {
        Set<Object> seen = new HashSet<>();
        for (At item : list.items()) {
            Object own = key.apply(item);
            if (!seen.add(own)) {
                duplicate(item, own);
            }
        }
    }

    /** Each of a grammar's complaints about a text. */
    void grammar(At at, Function<String, List<String>> grammar) {
        for (String complaint : grammar.apply(at.text())) {
            invalid(at, complaint);
        }
    }

    /** As {@link #grammar}, for a field that may be absent or empty. */
    void grammarIfSet(At at, Function<String, List<String>> grammar) {
        if (!at.isEmpty()) {
            grammar(at, grammar);
        }
    }

    /** A field that must be there and follow a grammar. */
    void requiredGrammar(At at, Function<String, List<String>> grammar) {
        if (at.isEmpty()) {
            required(at, "");
        } else {
            grammar(at, grammar);
        }
    }

    /** A field that must not be empty. */
    void requiredText(At at) {
        if (at.isEmpty()) {
            required(at, "");
        }
    }

    /** A field that must have one of a few values. */
    void oneOf(At at, List<String> supported) {
        if (at.isEmpty()) {
            required(at, "");
        } else if (!supported.contains(at.text())) {
            notSupported(at, supported);
        }
    }

    /** As {@link #oneOf}, for a field that may be absent. */
    void oneOfIfSet(At at, List<String> supported) {
        if (!at.isEmpty() && !supported.contains(at.text())) {
            notSupported(at, supported);
        }
    }

    void notNegative(At at) {
        if (at.number() < 0) {
            invalid(at, "must be greater than or equal to 0");
        }
    }

    /** A field that an update may not change. */
    void immutable(At now, At old) {
        if (!Trees.same(now.node(), old.node())) {
            invalid(now, "field is immutable");
        }
    }

    /** As {@link #immutable}, in the words of the kinds that forbid it. */
    void notUpdated(At now, At old) {
        if (!Trees.same(now.node(), old.node())) {
            forbidden(now, "updates to " + now.name() + " are forbidden.");
        }
    }

    /** A number that is at least this. */
    void atLeast(At at, long least) {
        if (at.number() < least) {
            invalid(at, at.number(), "must be greater than or equal to " + least);
        }
    }

    /** A text of so many bytes at most. */
    void notLonger(At at, int most) {
        if (Names.utf8Length(at.text()) > most) {
            tooLong(at, most);
        }
    }
}

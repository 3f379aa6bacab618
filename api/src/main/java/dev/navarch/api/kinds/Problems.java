package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldErrorType;
import dev.navarch.api.values.GoText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
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
        add(FieldErrorType.REQUIRED, at.path(), "", detail);
    }

    void invalid(At at, String detail) {
        invalid(at, at.value(), detail);
    }

    void invalid(At at, Object value, String detail) {
        add(FieldErrorType.INVALID, at.path(), value, detail);
    }

    void duplicate(At at, Object value) {
        duplicate(at, value, "");
    }

    void duplicate(At at, Object value, String detail) {
        add(FieldErrorType.DUPLICATE, at.path(), value, detail);
    }

    void forbidden(At at, String detail) {
        add(FieldErrorType.FORBIDDEN, at.path(), "", detail);
    }

    void notFound(At at, Object value) {
        add(FieldErrorType.NOT_FOUND, at.path(), value, "");
    }

    void notSupported(At at, List<String> supported) {
        notSupported(at, at.value(), supported);
    }

    void notSupported(At at, Object value, List<String> supported) {
        String values = supported.stream().map(GoText::quote).collect(Collectors.joining(", "));
        add(FieldErrorType.NOT_SUPPORTED, at.path(), value, "supported values: " + values);
    }

    void tooLong(At at, int most) {
        add(FieldErrorType.TOO_LONG, at.path(), "", "may not be more than " + most + " bytes");
    }

    void tooMany(At at, long actual, int most) {
        add(FieldErrorType.TOO_MANY, at.path(), actual, "must have at most " + most + " items");
    }

    private void add(FieldErrorType type, String path, @Nullable Object value, String detail) {
        if (errors.size() < MOST) {
            errors.add(new FieldError(type, path, value, detail));
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
}

package dev.navarch.cel.library;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelEvaluationException;
import java.util.List;
import java.util.Optional;

/** Semantic versions; the lenient forms take {@code v1}, {@code 1.2} and leading zeros too. */
public final class SemverLibrary extends Library {
    public static final CelType SEMVER = OpaqueType.create("kubernetes.Semver");

    public SemverLibrary() {
        type(SEMVER, Semver.class);
        global("semver", "string_to_semver", SEMVER, List.of(SimpleType.STRING), a -> parse(a[0], false));
        global(
                "semver",
                "string_bool_to_semver",
                SEMVER,
                List.of(SimpleType.STRING, SimpleType.BOOL),
                a -> parse(a[0], (Boolean) a[1]));
        global(
                "isSemver",
                "is_semver_string",
                SimpleType.BOOL,
                List.of(SimpleType.STRING),
                a -> find(a[0], false).isPresent());
        global(
                "isSemver",
                "is_semver_string_bool",
                SimpleType.BOOL,
                List.of(SimpleType.STRING, SimpleType.BOOL),
                a -> find(a[0], (Boolean) a[1]).isPresent());
        number("major", "semver_major", Semver::major);
        number("minor", "semver_minor", Semver::minor);
        number("patch", "semver_patch", Semver::patch);
        compare("isGreaterThan", "semver_is_greater_than", SimpleType.BOOL, c -> c > 0);
        compare("isLessThan", "semver_is_less_than", SimpleType.BOOL, c -> c < 0);
        compare("compareTo", "semver_compare_to", SimpleType.INT, c -> (long) Integer.signum(c));
    }

    private interface Part {
        long of(Semver version);
    }

    private interface Outcome {
        Object of(int comparison);
    }

    private void number(String function, String id, Part part) {
        member(function, id, SimpleType.INT, SEMVER, a -> part.of((Semver) a[0]));
    }

    private void compare(String function, String id, CelType result, Outcome outcome) {
        member(
                function,
                id,
                result,
                SEMVER,
                List.of(SEMVER),
                a -> outcome.of(((Semver) a[0]).compareTo((Semver) a[1])));
    }

    /** The value that an expression sees of a version; empty if it is none. */
    public static Optional<Object> value(String text) {
        return Semver.parse(text).map(Object.class::cast);
    }

    private static Optional<Semver> find(Object text, boolean lenient) {
        return Semver.parse(lenient ? Semver.normalized((String) text) : (String) text);
    }

    private static Semver parse(Object text, boolean lenient) throws CelEvaluationException {
        var version = find(text, lenient);
        if (version.isEmpty()) {
            throw failure("No Major.Minor.Patch elements found");
        }
        return version.get();
    }
}

package dev.navarch.cel;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Whether the arguments of {@code 'text %s'.format([..])} fit its clauses (source: cel-go ext/formatting.go). */
final class FormatCheck {
    /** Of a complaint about the whole. */
    static final long WHOLE = -1;

    private static final Set<CelKind> SHOWN = Set.of(
            CelKind.LIST,
            CelKind.MAP,
            CelKind.INT,
            CelKind.UINT,
            CelKind.DOUBLE,
            CelKind.BOOL,
            CelKind.STRING,
            CelKind.TIMESTAMP,
            CelKind.BYTES,
            CelKind.DURATION,
            CelKind.TYPE,
            CelKind.NULL_TYPE);

    private final Function<CelExpr, CelType> types;

    /** A clause or an argument that does not fit. */
    @SuppressWarnings("serial")
    static final class Refusal extends Exception {
        private final long id;

        Refusal(long id, String message) {
            super(message);
            this.id = id;
        }

        /** Of the argument, or {@link #WHOLE}. */
        long id() {
            return id;
        }
    }

    private FormatCheck(Function<CelExpr, CelType> types) {
        this.types = types;
    }

    /**
     * Checks each clause with its argument.
     *
     * @return how many arguments are used
     */
    static int arguments(String text, List<CelExpr> arguments, Function<CelExpr, CelType> types) throws Refusal {
        var check = new FormatCheck(types);
        int next = 0;
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) != '%') {
                continue;
            }
            if (++at == text.length()) {
                throw new Refusal(WHOLE, "unexpected end of string");
            }
            if (text.charAt(at) == '%') {
                continue;
            }
            if (next == arguments.size()) {
                throw new Refusal(WHOLE, "index " + next + " out of range");
            }
            if (text.charAt(at) == '.') {
                at = endOfPrecision(text, at + 1);
            }
            check.clause(text.codePointAt(at), arguments.get(next++));
        }
        return next;
    }

    private static int endOfPrecision(String text, int from) throws Refusal {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        var parsing = "could not parse formatting clause: error while parsing precision: ";
        if (end == text.length()) {
            throw new Refusal(WHOLE, parsing + "could not find end of precision specifier");
        }
        if (end == from) {
            throw new Refusal(
                    WHOLE,
                    parsing
                            + "error while converting precision to integer: strconv.Atoi: parsing \"\": invalid syntax");
        }
        return end;
    }

    private void clause(int verb, CelExpr argument) throws Refusal {
        switch (verb) {
            case 's' -> shown(argument);
            case 'd' -> expect(argument, "decimal clause can only be used on integers", CelKind.INT, CelKind.UINT);
            case 'f' ->
                expect(argument, "fixed-point clause can only be used on doubles", CelKind.DOUBLE, CelKind.STRING);
            case 'e' ->
                expect(argument, "scientific clause can only be used on doubles", CelKind.DOUBLE, CelKind.STRING);
            case 'b' ->
                expect(
                        argument,
                        "only integers and bools can be formatted as binary",
                        CelKind.INT,
                        CelKind.UINT,
                        CelKind.BOOL);
            case 'x', 'X' ->
                expect(
                        argument,
                        "only integers, byte buffers, and strings can be formatted as hex",
                        CelKind.INT,
                        CelKind.UINT,
                        CelKind.STRING,
                        CelKind.BYTES);
            case 'o' -> expect(argument, "octal clause can only be used on integers", CelKind.INT, CelKind.UINT);
            default ->
                throw new Refusal(
                        WHOLE,
                        "could not parse formatting clause: unrecognized formatting clause \""
                                + Character.toString(verb) + '"');
        }
    }

    private void expect(CelExpr argument, String rule, CelKind... kinds) throws Refusal {
        expect(argument, rule, Set.of(kinds));
    }

    private void expect(CelExpr argument, String rule, Set<CelKind> kinds) throws Refusal {
        var type = types.apply(argument);
        if (!type.kind().isDyn() && !kinds.contains(type.kind())) {
            throw new Refusal(
                    argument.id(),
                    "error during formatting: " + rule + ", was given "
                            + (type.kind() == CelKind.NULL_TYPE ? "null_type" : type.name()));
        }
    }

    /** With all that stands in it. */
    private void shown(CelExpr argument) throws Refusal {
        expect(
                argument,
                "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations,"
                        + " and timestamps",
                SHOWN);
        switch (argument.getKind()) {
            case LIST -> {
                for (var element : argument.list().elements()) {
                    shown(element);
                }
            }
            case MAP -> {
                for (var entry : argument.map().entries()) {
                    shown(entry.key());
                    shown(entry.value());
                }
            }
            default -> {}
        }
    }
}

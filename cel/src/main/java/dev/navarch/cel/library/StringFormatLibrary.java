package dev.navarch.cel.library;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.CelValue;
import dev.cel.common.values.NullValue;
import dev.cel.runtime.CelEvaluationException;
import dev.navarch.api.values.GoText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code 'text %s'.format([..])} with the clauses {@code %s %d %f %e %b %x %X %o} (source: cel-go ext/strings.go and
 * ext/formatting.go, version 2).
 */
public final class StringFormatLibrary extends Library {
    private static final int PRECISION = 6;

    public StringFormatLibrary() {
        member(
                "format",
                "string_format",
                SimpleType.STRING,
                SimpleType.STRING,
                List.of(ListType.create(SimpleType.DYN)),
                a -> format((String) a[0], (List<?>) a[1]));
    }

    private static String format(String text, List<?> values) throws CelEvaluationException {
        var out = new StringBuilder();
        int next = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c != '%') {
                out.append(c);
                continue;
            }
            if (++at == text.length()) {
                throw failure("unexpected end of string");
            }
            if (text.charAt(at) == '%') {
                out.append('%');
                continue;
            }
            if (next == values.size()) {
                throw failure("index " + next + " out of range");
            }
            int precision = PRECISION;
            if (text.charAt(at) == '.') {
                int end = at + 1;
                while (end < text.length() && Character.isDigit(text.charAt(end))) {
                    end++;
                }
                precision = precision(text.substring(at + 1, end));
                at = end;
                if (at == text.length()) {
                    throw failure("could not parse formatting clause: unable to find end of precision specifier");
                }
            }
            out.append(clause(text.charAt(at), precision, values.get(next++)));
        }
        return out.toString();
    }

    private static int precision(String digits) throws CelEvaluationException {
        try {
            return digits.isEmpty() ? PRECISION : Math.min(Integer.parseInt(digits), 1000);
        } catch (NumberFormatException _) {
            throw failure("could not parse formatting clause: error while converting precision to integer");
        }
    }

    private static String clause(char verb, int precision, Object value) throws CelEvaluationException {
        return switch (verb) {
            case 's' -> text(value);
            case 'd' ->
                switch (value) {
                    case Long _, UnsignedLong _ -> value.toString();
                    case Double number -> decimal(number);
                    default -> throw refused("decimal clause can only be used on integers", value);
                };
            case 'f' -> fraction('f', "fixed-point", precision, value);
            case 'e' -> fraction('e', "scientific", precision, value);
            case 'b' ->
                switch (value) {
                    case Boolean flag -> flag ? "1" : "0";
                    case Long _, UnsignedLong _ -> integer(value).toString(2);
                    default -> throw refused("only integers and bools can be formatted as binary", value);
                };
            case 'x' -> hex(value);
            case 'X' -> hex(value).toUpperCase(Locale.ROOT);
            case 'o' ->
                switch (value) {
                    case Long _, UnsignedLong _ -> integer(value).toString(8);
                    default -> throw refused("octal clause can only be used on integers", value);
                };
            default ->
                throw failure("could not parse formatting clause: unrecognized formatting clause \"" + verb + "\"");
        };
    }

    private static CelEvaluationException refused(String why, Object value) {
        return failure("error during formatting: " + why + ", was given " + typeOf(value));
    }

    private static BigInteger integer(Object value) {
        return value instanceof UnsignedLong unsigned ? unsigned.bigIntegerValue() : BigInteger.valueOf((Long) value);
    }

    private static String fraction(char verb, String name, int precision, Object value) throws CelEvaluationException {
        if (!(value instanceof Double) && !(value instanceof Long) && !(value instanceof UnsignedLong)) {
            throw refused(name + " clause can only be used on doubles", value);
        }
        double number = ((Number) value).doubleValue();
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return decimal(number);
        }
        return String.format(Locale.ROOT, "%." + precision + verb, new BigDecimal(number));
    }

    private static String hex(Object value) throws CelEvaluationException {
        return switch (value) {
            case Long _, UnsignedLong _ -> integer(value).toString(16);
            case String text -> HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
            case CelByteString bytes -> HexFormat.of().formatHex(bytes.toByteArray());
            default -> throw refused("only integers, byte buffers, and strings can be formatted as hex", value);
        };
    }

    /** As {@code %s} shows it; what is inside of lists and maps stands as it would in an expression. */
    private static String text(Object value) throws CelEvaluationException {
        return switch (value) {
            case String text -> text;
            case Long _, UnsignedLong _, Boolean _ -> value.toString();
            case Double number -> decimal(number);
            case CelByteString bytes -> bytes.toStringUtf8();
            case Instant time -> time.toString();
            case Duration duration -> decimal(duration.toNanos() / 1e9) + "s";
            case NullValue _ -> "null";
            case CelValue none when none.celType().equals(SimpleType.NULL_TYPE) -> "null";
            case CelType type -> type.name();
            case List<?> list -> list(list);
            case Map<?, ?> map -> map(map);
            default ->
                throw refused(
                        "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, "
                                + "durations, and timestamps",
                        value);
        };
    }

    private static String list(List<?> list) throws CelEvaluationException {
        List<String> elements = new ArrayList<>(list.size());
        for (var element : list) {
            elements.add(literal(element));
        }
        return "[" + String.join(", ", elements) + "]";
    }

    private static String map(Map<?, ?> map) throws CelEvaluationException {
        Map<String, String> sorted = new TreeMap<>();
        for (var entry : map.entrySet()) {
            sorted.put(literal(entry.getKey()), literal(entry.getValue()));
        }
        List<String> entries = new ArrayList<>(sorted.size());
        sorted.forEach((key, value) -> entries.add(key + ":" + value));
        return "{" + String.join(", ", entries) + "}";
    }

    private static String literal(Object value) throws CelEvaluationException {
        return switch (value) {
            case String text -> GoText.quote(text);
            case CelByteString bytes -> "b" + GoText.quote(bytes.toStringUtf8());
            case Double number
            when !Double.isNaN(number) && !Double.isInfinite(number) -> fraction('f', "fixed-point", PRECISION, number);
            case Double number -> GoText.quote(decimal(number));
            case Instant _ -> "timestamp(" + GoText.quote(text(value)) + ")";
            case Duration _ -> "duration(" + GoText.quote(text(value)) + ")";
            default -> text(value);
        };
    }

    private static String decimal(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        var plain = BigDecimal.valueOf(number).stripTrailingZeros();
        return (plain.scale() < 0 ? plain.setScale(0) : plain).toPlainString();
    }

    private static String typeOf(Object value) {
        return switch (value) {
            case String _ -> "string";
            case Long _ -> "int";
            case UnsignedLong _ -> "uint";
            case Double _ -> "double";
            case Boolean _ -> "bool";
            case CelByteString _ -> "bytes";
            case Instant _ -> "google.protobuf.Timestamp";
            case Duration _ -> "google.protobuf.Duration";
            case NullValue _ -> "null_type";
            case CelValue none when none.celType().equals(SimpleType.NULL_TYPE) -> "null_type";
            case List<?> _ -> "list";
            case Map<?, ?> _ -> "map";
            default -> "dyn";
        };
    }
}

package dev.navarch.api.values;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A conjunction of comparisons of fields with texts: {@code a=b,c!=d}. A backslash escapes a comma, an equals
 * sign and itself.
 *
 * <p>Source: apimachinery pkg/fields/selector.go.
 */
public record FieldSelector(List<Term> terms) {
    private static final FieldSelector EVERYTHING = new FieldSelector(List.of());

    /**
     * One comparison.
     *
     * @param equal whether the field must have the value, or must not
     */
    public record Term(String field, boolean equal, String value) {
        @Override
        public String toString() {
            return field + (equal ? "=" : "!=") + escape(value);
        }
    }

    public FieldSelector {
        terms = List.copyOf(terms);
    }

    public static FieldSelector everything() {
        return EVERYTHING;
    }

    /**
     * Reads the form of the query parameter.
     *
     * @throws SelectorException with upstream's message
     */
    public static FieldSelector parse(String text) {
        List<Term> terms = new ArrayList<>();
        for (String part : split(text)) {
            if (!part.isEmpty()) {
                terms.add(term(part, text));
            }
        }
        terms.sort(Comparator.comparing(Term::field));
        return terms.isEmpty() ? EVERYTHING : new FieldSelector(terms);
    }

    private static Term term(String part, String whole) {
        for (int i = 0; i < part.length(); i++) {
            for (String operator : List.of("!=", "==", "=")) {
                if (part.startsWith(operator, i)) {
                    String value = unescape(part.substring(i + operator.length()));
                    return new Term(part.substring(0, i), !operator.equals("!="), value);
                }
            }
        }
        throw new SelectorException("invalid selector: '" + whole + "'; can't understand '" + part + "'");
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        boolean escaped = false;
        for (int i = 0; i < text.length(); i++) {
            if (escaped) {
                escaped = false;
            } else if (text.charAt(i) == '\\') {
                escaped = true;
            } else if (text.charAt(i) == ',') {
                parts.add(text.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        boolean escaped = false;
        for (char c : text.toCharArray()) {
            if (escaped) {
                if (c != '\\' && c != ',' && c != '=') {
                    throw new SelectorException("invalid field selector: invalid escape sequence: \\" + c);
                }
                plain.append(c);
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == ',' || c == '=') {
                throw new SelectorException("invalid field selector: unescaped character in value: " + (int) c);
            } else {
                plain.append(c);
            }
        }
        if (escaped) {
            throw new SelectorException("invalid field selector: ended with escape character");
        }
        return plain.toString();
    }

    private static String escape(String text) {
        return text.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=");
    }

    public boolean matchesEverything() {
        return terms.isEmpty();
    }

    /**
     * Whether an object matches.
     *
     * @param fields the value of a field by its name; empty text for one that is absent
     */
    public boolean matches(Function<String, String> fields) {
        for (Term term : terms) {
            if (fields.apply(term.field()).equals(term.value()) != term.equal()) {
                return false;
            }
        }
        return true;
    }

    /** The value that a field must have, if this asks for one. */
    public Optional<String> requiredValue(String field) {
        return terms.stream()
                .filter(term -> term.equal() && term.field().equals(field))
                .map(Term::value)
                .findFirst();
    }

    @Override
    public String toString() {
        return terms.stream().map(Term::toString).collect(Collectors.joining(","));
    }
}

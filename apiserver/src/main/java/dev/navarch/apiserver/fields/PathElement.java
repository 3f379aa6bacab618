package dev.navarch.apiserver.fields;

import dev.navarch.api.JsonBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One step of a path: into a field, or to an element of a list by its keys, its value, or its place. Has two texts: that
 * of {@code fieldsV1} ({@code f:spec}, {@code k:{"name":"a"}}, {@code v:"a"}, {@code i:0}) and, by {@link #toString},
 * that of messages ({@code .spec}, {@code [name="a"]}, {@code [="a"]}, {@code [0]}). Ordered as upstream orders them
 * (source: structured-merge-diff fieldpath/element.go and serialize-pe.go).
 */
public abstract sealed class PathElement implements Comparable<PathElement> {

    private byte @Nullable [] label;

    private PathElement() {}

    public static PathElement name(String name) {
        return new Name(name);
    }

    /** @param names sorted, each once */
    static PathElement key(String[] names, JsonNode[] values) {
        return new Key(names, values);
    }

    static PathElement value(JsonNode scalar) {
        return new Value(scalar);
    }

    static PathElement index(int index) {
        return new Index(index);
    }

    /** As a key in {@code fieldsV1}: quoted, and with the colon after it. */
    byte[] label() {
        var now = label;
        if (now == null) {
            var out = new JsonBytes(32);
            writeLabel(out);
            out.raw(':');
            now = out.toByteArray();
            label = now; // threads that race write the same
        }
        return now;
    }

    /** In the form of {@code fieldsV1}. */
    abstract String text();

    /** The same as JSON. */
    void writeLabel(JsonBytes out) {
        out.string(text());
    }

    /** Names come first, then keys, values and indexes. */
    abstract int rank();

    /**
     * Reads the form of {@code fieldsV1}; empty if it is of a kind that is not known, which upstream ignores.
     *
     * @throws FieldsException if it cannot be read
     */
    static Optional<PathElement> parse(String text) {
        if (text.length() < 2) {
            throw new FieldsException("key must be 2 characters long:");
        }
        if (text.charAt(1) != ':') {
            throw new FieldsException("missing colon: " + text);
        }
        var rest = text.substring(2);
        return switch (text.charAt(0)) {
            case 'f' -> Optional.of(new Name(rest));
            case 'v' -> Optional.of(new Value(json(rest)));
            case 'k' -> Optional.of(parseKey(rest));
            case 'i' -> Optional.of(parseIndex(rest));
            default -> Optional.empty();
        };
    }

    private static PathElement parseKey(String text) {
        if (!(json(text) instanceof ObjectNode fields)) {
            throw new FieldsException("expected an object: " + text);
        }
        List<String> names = new ArrayList<>(fields.propertyNames());
        names.sort(null);
        return new Key(
                names.toArray(String[]::new), names.stream().map(fields::get).toArray(JsonNode[]::new));
    }

    private static PathElement parseIndex(String text) {
        try {
            return new Index(Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw new FieldsException("invalid index: " + text);
        }
    }

    private static JsonNode json(String text) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            throw new FieldsException(e.getOriginalMessage());
        }
    }

    @Override
    public abstract int compareTo(PathElement other);

    @Override
    public final boolean equals(@Nullable Object other) {
        return this == other || other instanceof PathElement that && compareTo(that) == 0;
    }

    @Override
    public abstract int hashCode();

    /** A field of an object or a key of a map. */
    static final class Name extends PathElement {
        private final String name;

        private Name(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }

        @Override
        int rank() {
            return 0;
        }

        @Override
        public int compareTo(PathElement other) {
            return other instanceof Name that ? name.compareTo(that.name) : Integer.compare(rank(), other.rank());
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }

        @Override
        String text() {
            return "f:" + name;
        }

        @Override
        public String toString() {
            return "." + name;
        }
    }

    /** An element of a list by what its key fields hold. */
    static final class Key extends PathElement {
        private static final byte[] OPEN = "\"k:{".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] CLOSE = "}\"".getBytes(StandardCharsets.US_ASCII);
        private static final byte[] QUOTE = "\\\"".getBytes(StandardCharsets.US_ASCII);

        private final String[] names;
        private final JsonNode[] values;

        private Key(String[] names, JsonNode[] values) {
            this.names = names;
            this.values = values;
        }

        @Override
        int rank() {
            return 1;
        }

        @Override
        public int compareTo(PathElement other) {
            if (!(other instanceof Key that)) {
                return Integer.compare(rank(), other.rank());
            }
            for (int i = 0; i < names.length && i < that.names.length; i++) {
                int order = names[i].compareTo(that.names[i]);
                order = order == 0 ? Scalars.compare(values[i], that.values[i]) : order;
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(names.length, that.names.length);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(names) + Scalars.hash(values);
        }

        @Override
        void writeLabel(JsonBytes out) {
            for (var value : values) {
                if (!value.isInt() && !(value.isString() && plain(value.stringValue()))) {
                    super.writeLabel(out);
                    return;
                }
            }
            out.raw(OPEN);
            for (int i = 0; i < names.length; i++) {
                if (i > 0) {
                    out.raw(',');
                }
                quote(out, names[i]);
                out.raw(':');
                if (values[i].isString()) {
                    quote(out, values[i].stringValue());
                } else {
                    out.number(values[i]);
                }
            }
            out.raw(CLOSE);
        }

        /** Within a text that is quoted itself. */
        private static void quote(JsonBytes out, String plain) {
            out.raw(QUOTE);
            out.raw(plain.getBytes(StandardCharsets.ISO_8859_1));
            out.raw(QUOTE);
        }

        /** Whether a text is the same in quotes. */
        private static boolean plain(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&') {
                    return false;
                }
            }
            return true;
        }

        @Override
        String text() {
            var out = new JsonBytes(32);
            out.raw('{');
            for (int i = 0; i < names.length; i++) {
                if (i > 0) {
                    out.raw(',');
                }
                out.string(names[i]);
                out.raw(':');
                out.raw(Scalars.json(values[i]));
            }
            out.raw('}');
            return "k:" + new String(out.toByteArray(), StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            var text = new StringBuilder("[");
            for (int i = 0; i < names.length; i++) {
                text.append(i > 0 ? "," : "").append(names[i]).append('=').append(Scalars.print(values[i]));
            }
            return text.append(']').toString();
        }
    }

    /** An element of a set. */
    static final class Value extends PathElement {
        private final JsonNode value;

        private Value(JsonNode value) {
            this.value = value;
        }

        @Override
        int rank() {
            return 2;
        }

        @Override
        public int compareTo(PathElement other) {
            return other instanceof Value that
                    ? Scalars.compare(value, that.value)
                    : Integer.compare(rank(), other.rank());
        }

        @Override
        public int hashCode() {
            return Scalars.hash(value);
        }

        @Override
        String text() {
            return "v:" + new String(Scalars.json(value), StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return "[=" + Scalars.print(value) + "]";
        }
    }

    /** An element by its place. */
    static final class Index extends PathElement {
        private final int index;

        private Index(int index) {
            this.index = index;
        }

        @Override
        int rank() {
            return 3;
        }

        @Override
        public int compareTo(PathElement other) {
            return other instanceof Index that
                    ? Integer.compare(index, that.index)
                    : Integer.compare(rank(), other.rank());
        }

        @Override
        public int hashCode() {
            return index;
        }

        @Override
        String text() {
            return "i:" + index;
        }

        @Override
        public String toString() {
            return "[" + index + "]";
        }
    }

    /** A path in the form of messages. */
    static String print(List<PathElement> path) {
        var text = new StringBuilder();
        path.forEach(text::append);
        return text.toString();
    }

    /** A path of names only. */
    public static List<PathElement> path(String... names) {
        return Arrays.stream(names).map(PathElement::name).toList();
    }
}

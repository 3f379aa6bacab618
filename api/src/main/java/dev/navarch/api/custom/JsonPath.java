package dev.navarch.api.custom;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A path into an object, as columns and selectable fields name it: {@code .spec.colour}, {@code .items[0]}, {@code
 * .list[*].name}, {@code .map['a.b']}, {@code .status.conditions[?(@.type=="Ready")].status} (source: client-go
 * util/jsonpath).
 */
public final class JsonPath {
    private final List<Step> steps;

    private sealed interface Step {
        record Name(String name) implements Step {}

        record Index(int index) implements Step {}

        record Every() implements Step {}

        /** @param value null: the field only has to be there */
        record Where(
                List<String> field, boolean equal, @Nullable String value) implements Step {}
    }

    private JsonPath(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    /** Empty for what is no path. */
    public static Optional<JsonPath> parse(String path) {
        return new Parser(path).parse();
    }

    /** What the path leads to; empty if it leads nowhere. */
    public List<JsonNode> find(JsonNode object) {
        List<JsonNode> found = List.of(object);
        for (var step : steps) {
            List<JsonNode> next = new ArrayList<>();
            for (var value : found) {
                follow(step, value, next);
            }
            found = next;
        }
        return found;
    }

    private static void follow(Step step, JsonNode value, List<JsonNode> next) {
        switch (step) {
            case Step.Name(var name) -> {
                if (value.has(name)) {
                    next.add(value.get(name));
                }
            }
            case Step.Index(var index) -> {
                int at = index < 0 ? value.size() + index : index;
                if (value.isArray() && at >= 0 && at < value.size()) {
                    next.add(value.get(at));
                }
            }
            case Step.Every _ -> value.forEach(next::add);
            case Step.Where where -> {
                for (var element : value) {
                    if (holds(where, element)) {
                        next.add(element);
                    }
                }
            }
        }
    }

    private static boolean holds(Step.Where where, JsonNode element) {
        var value = element;
        for (var name : where.field) {
            value = value.path(name);
        }
        if (where.value == null) {
            return !value.isMissingNode();
        }
        return !value.isMissingNode() && where.equal == where.value.equals(value.asString(""));
    }

    /** For one path. */
    private static final class Parser {
        private final String path;
        private final List<Step> steps = new ArrayList<>();
        private int at;

        Parser(String path) {
            this.path = path;
        }

        Optional<JsonPath> parse() {
            while (at < path.length()) {
                boolean read = switch (path.charAt(at)) {
                    case '.' -> name();
                    case '[' -> subscript();
                    default -> false;
                };
                if (!read) {
                    return Optional.empty();
                }
            }
            return Optional.of(new JsonPath(steps));
        }

        private boolean name() {
            int from = ++at;
            var name = new StringBuilder();
            while (at < path.length() && path.charAt(at) != '.' && path.charAt(at) != '[') {
                if (path.charAt(at) == '\\' && at + 1 < path.length()) {
                    at++;
                }
                name.append(path.charAt(at++));
            }
            if (name.toString().equals("*")) {
                steps.add(new Step.Every());
            } else if (at > from) {
                steps.add(new Step.Name(name.toString()));
            } else {
                return at == path.length() && from == 1 || at < path.length() && path.charAt(at) == '[';
            }
            return true;
        }

        private boolean subscript() {
            int end = closing();
            if (end < 0) {
                return false;
            }
            var inner = path.substring(at + 1, end).strip();
            at = end + 1;
            if (inner.equals("*")) {
                steps.add(new Step.Every());
            } else if (inner.matches("-?[0-9]{1,9}")) {
                steps.add(new Step.Index(Integer.parseInt(inner)));
            } else if (isQuoted(inner)) {
                steps.add(new Step.Name(inner.substring(1, inner.length() - 1)));
            } else if (inner.startsWith("?(") && inner.endsWith(")")) {
                return filter(inner.substring(2, inner.length() - 1).strip());
            } else {
                return false;
            }
            return true;
        }

        /** The bracket that ends a subscript; brackets in quotes don't count. */
        private int closing() {
            char quote = 0;
            for (int i = at + 1; i < path.length(); i++) {
                char c = path.charAt(i);
                if (quote != 0) {
                    quote = c == quote ? 0 : quote;
                } else if (c == '\'' || c == '"') {
                    quote = c;
                } else if (c == ']') {
                    return i;
                }
            }
            return -1;
        }

        private boolean filter(String condition) {
            int operator = condition.indexOf("==");
            boolean equal = operator >= 0;
            if (!equal) {
                operator = condition.indexOf("!=");
            }
            var left = (operator < 0 ? condition : condition.substring(0, operator)).strip();
            if (!left.startsWith("@")) {
                return false;
            }
            List<String> field = new ArrayList<>();
            for (var name : left.substring(1).split("\\.")) {
                if (!name.isEmpty()) {
                    field.add(name);
                }
            }
            String value = null;
            if (operator >= 0) {
                value = condition.substring(operator + 2).strip();
                value = isQuoted(value) ? value.substring(1, value.length() - 1) : value;
            }
            steps.add(new Step.Where(field, equal || operator < 0, value));
            return true;
        }

        private static boolean isQuoted(String text) {
            return text.length() >= 2
                    && (text.startsWith("'") && text.endsWith("'") || text.startsWith("\"") && text.endsWith("\""));
        }
    }
}

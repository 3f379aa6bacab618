package dev.navarch.cel;

import dev.navarch.api.values.ReservedWords;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Names of fields as expressions spell them: what is no identifier is escaped (source: k8s.io/apiserver
 * pkg/cel/escaping.go).
 */
final class FieldNames {
    private static final Pattern ESCAPABLE = Pattern.compile("[A-Za-z_.\\-/][A-Za-z0-9_.\\-/]*");
    private static final Map<String, String> SYMBOLS =
            Map.of("__underscores__", "__", "__dot__", ".", "__dash__", "-", "__slash__", "/");

    private FieldNames() {}

    /** Nothing for a name that can't be spelled. */
    static Optional<String> escape(String name) {
        if (ReservedWords.contain(name)) {
            return Optional.of("__" + name + "__");
        }
        if (!ESCAPABLE.matcher(name).matches()) {
            return Optional.empty();
        }
        return Optional.of(name.replace("__", "__underscores__")
                .replace(".", "__dot__")
                .replace("-", "__dash__")
                .replace("/", "__slash__"));
    }

    static String unescape(String escaped) {
        if (!escaped.contains("__")) {
            return escaped;
        }
        if (escaped.startsWith("__") && escaped.endsWith("__") && escaped.length() > 4) {
            var inner = escaped.substring(2, escaped.length() - 2);
            if (ReservedWords.contain(inner)) {
                return inner;
            }
        }
        var name = new StringBuilder();
        for (int at = 0; at < escaped.length(); ) {
            int from = at;
            var symbol = SYMBOLS.entrySet().stream()
                    .filter(s -> escaped.startsWith(s.getKey(), from))
                    .findFirst();
            name.append(symbol.isPresent() ? symbol.get().getValue() : String.valueOf(escaped.charAt(at)));
            at += symbol.isPresent() ? symbol.get().getKey().length() : 1;
        }
        return name.toString();
    }
}

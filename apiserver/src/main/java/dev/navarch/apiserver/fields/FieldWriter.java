package dev.navarch.apiserver.fields;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.values.GoText;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/**
 * Who writes, and to what.
 *
 * @param manager a name; may be empty, which means one that is unknown
 * @param subresource empty for the whole object
 * @param writable takes out of a set the fields that such a write cannot change, which therefore have no manager
 */
public record FieldWriter(String manager, String subresource, UnaryOperator<FieldSet> writable) {
    private static final int LONGEST = 128;

    public FieldWriter {
        requireNonNull(manager);
        requireNonNull(subresource);
        requireNonNull(writable);
    }

    /**
     * The name of a client that gives none: what its user agent begins with (source: k8s.io/apiserver
     * pkg/endpoints/handlers/create.go, managerOrUserAgent).
     */
    public static String named(String manager, String userAgent) {
        if (!manager.isEmpty()) {
            return manager;
        }
        int slash = userAgent.indexOf('/');
        var name = new StringBuilder();
        int bytes = 0;
        for (int c : (slash < 0 ? userAgent : userAgent.substring(0, slash))
                .codePoints()
                .toArray()) {
            if (!GoText.isPrintable(c)) {
                continue;
            }
            bytes += Character.toString(c).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > LONGEST) {
                break;
            }
            name.appendCodePoint(c);
        }
        return name.toString();
    }
}

package dev.navarch.api;

import dev.navarch.api.values.Names;
import java.util.ArrayList;
import java.util.List;

/** What fields of objects and of configuration files have in common (source: apimachinery pkg/util/validation). */
public final class FieldChecks {
    private FieldChecks() {}

    /**
     * A name that is a path below a domain, such as {@code acme.io/foo} (source: apimachinery
     * pkg/util/validation/validation.go, IsDomainPrefixedPath).
     */
    public static List<FieldError> domainPrefixedPath(String field, String text) {
        if (text.isEmpty()) {
            return List.of(FieldError.required(field, ""));
        }
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1) {
            return List.of(FieldError.invalid(field, text, "must be a domain-prefixed path (such as \"acme.io/foo\")"));
        }
        String host = text.substring(0, slash);
        String path = text.substring(slash + 1);
        List<FieldError> wrong = new ArrayList<>();
        for (String complaint : Names.dns1123Subdomain(host)) {
            wrong.add(FieldError.invalid(field, host, complaint));
        }
        boolean clean = path.chars()
                .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "/-._~%!$&'()*+,;=:".indexOf(c) >= 0));
        if (!clean) {
            wrong.add(FieldError.invalid(
                    field, path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')"));
        }
        return wrong;
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.Arrays;

/**
 * Paths inside containers and volumes.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (validateLocalDescendingPath, validatePathNoBacksteps).
 */
final class PathChecks {
    private PathChecks() {}

    /** A path that stays below where it starts, if given. */
    static void localDescending(At path, Problems problems) {
        localDescending(path, path.text(), problems);
    }

    static void localDescending(At place, String path, Problems problems) {
        if (path.startsWith("/")) {
            problems.invalid(place, path, "must be a relative path");
        }
        noBacksteps(place, path, problems);
    }

    static void noBacksteps(At path, Problems problems) {
        noBacksteps(path, path.text(), problems);
    }

    private static void noBacksteps(At place, String path, Problems problems) {
        if (Arrays.asList(path.split("/", -1)).contains("..")) {
            problems.invalid(place, path, "must not contain '..'");
        }
    }

    /** A path of a file that the kubelet writes, beside files of its own. */
    static void localNonReserved(At path, Problems problems) {
        localDescending(path, problems);
        if (path.text().startsWith("..") && !path.text().startsWith("../")) {
            problems.invalid(path, "must not start with '..'");
        }
    }

    /**
     * A name that is a path below a domain, such as {@code acme.io/foo} (source: apimachinery
     * pkg/util/validation/validation.go, IsDomainPrefixedPath).
     */
    static void domainPrefixed(At at, Problems problems) {
        if (at.isEmpty()) {
            problems.required(at, "");
            return;
        }
        String text = at.text();
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1) {
            problems.invalid(at, "must be a domain-prefixed path (such as \"acme.io/foo\")");
            return;
        }
        String host = text.substring(0, slash);
        String path = text.substring(slash + 1);
        for (String complaint : Names.dns1123Subdomain(host)) {
            problems.invalid(at, host, complaint);
        }
        boolean clean = path.chars()
                .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "/-._~%!$&'()*+,;=:".indexOf(c) >= 0));
        if (!clean) {
            problems.invalid(
                    at, path, "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
        }
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.FieldChecks;
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

    /** A name that is a path below a domain, such as {@code acme.io/foo}. */
    static void domainPrefixed(At at, Problems problems) {
        problems.found(FieldChecks.domainPrefixedPath(at.path(), at.text()));
    }
}

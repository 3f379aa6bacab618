package dev.navarch.apiserver.request;

import org.jspecify.annotations.Nullable;

/** A service account, as its user is called: {@code system:serviceaccount:<namespace>:<name>}. */
public record ServiceAccountName(String namespace, String name) {
    private static final String PREFIX = "system:serviceaccount:";

    /** Null if {@code user} is no service account's. */
    public static @Nullable ServiceAccountName parse(String user) {
        if (!user.startsWith(PREFIX)) {
            return null;
        }
        var parts = user.substring(PREFIX.length()).split(":", -1);
        return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty()
                ? new ServiceAccountName(parts[0], parts[1])
                : null;
    }

    public String user() {
        return PREFIX + namespace + ":" + name;
    }
}

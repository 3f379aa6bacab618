package dev.navarch.apiserver.webhook;

import java.util.Map;
import java.util.Optional;

/**
 * As whom webhooks are called, by their server's name: {@code host:port}, {@code *.suffix:port}, and for port 443 the same
 * without the port; then {@code *} (source: k8s.io/apiserver pkg/util/webhook/authentication.go).
 *
 * @param byName as a kubeconfig names its users
 * @param otherwise for servers that no name covers
 */
public record HookUsers(Map<String, HookUser> byName, HookUser otherwise) {
    public static final HookUsers ANONYMOUS = new HookUsers(Map.of(), HookUser.ANONYMOUS);

    private static final int STANDARD_PORT = 443;

    public HookUsers {
        byName = Map.copyOf(byName);
    }

    /** @param host of a URL, or {@code name.namespace.svc} of a service */
    HookUser of(String host, int port) {
        if (byName.isEmpty()) {
            return otherwise;
        }
        return named(host + ":" + port)
                .or(() -> port == STANDARD_PORT ? named(host) : Optional.empty())
                .orElseGet(() -> byName.getOrDefault("*", otherwise));
    }

    /** The user of that very name, or the one whose suffix is the longest. */
    private Optional<HookUser> named(String server) {
        var exact = byName.get(server);
        if (exact != null) {
            return Optional.of(exact);
        }
        for (int dot = server.indexOf('.'); dot >= 0; dot = server.indexOf('.', dot + 1)) {
            var covering = byName.get("*" + server.substring(dot));
            if (covering != null) {
                return Optional.of(covering);
            }
        }
        return Optional.empty();
    }

    /** Those of the two admission plugins. */
    public record OfAdmission(HookUsers mutating, HookUsers validating) {
        public static final OfAdmission ANONYMOUS = new OfAdmission(HookUsers.ANONYMOUS, HookUsers.ANONYMOUS);
    }
}

package dev.navarch.apiserver.request;

import java.util.Set;

/**
 * Where requests without credentials are heard. What they may do there is up to the authorizer. Source: k8s.io/apiserver
 * pkg/authentication/request/anonymous/anonymous.go.
 *
 * @param paths exactly these; any if empty
 */
public record AnonymousAccess(boolean enabled, Set<String> paths) {
    public static final AnonymousAccess NOWHERE = new AnonymousAccess(false, Set.of());
    public static final AnonymousAccess EVERYWHERE = new AnonymousAccess(true, Set.of());

    /** What load balancers and kubelets ask for; stricter than upstream, where the authorizer alone decides. */
    public static final AnonymousAccess HEALTH = new AnonymousAccess(true, Set.of("/healthz", "/livez", "/readyz"));

    public AnonymousAccess {
        paths = Set.copyOf(paths);
    }

    public boolean admits(String path) {
        return enabled && (paths.isEmpty() || paths.contains(path));
    }
}

package dev.navarch.embedded;

import dev.navarch.apiserver.request.User;
import java.util.List;
import java.util.Map;

/**
 * Our own components as users. The names are upstream's, and so are the roles that they are bound to (source:
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
 */
public final class Identities {
    private static final String SERVICE_ACCOUNT = "system:serviceaccount:";
    private static final String NODE = "system:node:";

    private Identities() {}

    /** @param name such as {@code system:node:a} or {@code system:serviceaccount:kube-system:job-controller} */
    public static User of(String name) {
        if (name.startsWith(SERVICE_ACCOUNT)) {
            var parts = name.substring(SERVICE_ACCOUNT.length()).split(":", 2);
            return User.serviceAccount(parts[0], parts[1], "", Map.of());
        }
        return name.startsWith(NODE)
                ? new User(name, List.of("system:nodes", User.AUTHENTICATED))
                : new User(name, List.of(User.AUTHENTICATED));
    }

    /** Of {@code system:kube-scheduler}, {@code kube-scheduler}. */
    public static String component(String user) {
        return user.substring(user.lastIndexOf(':') + 1);
    }

    /** The name that upstream's component has as a manager of fields: that of its program. */
    public static String fieldManager(String user) {
        if (user.startsWith(NODE)) {
            return "kubelet";
        }
        return user.startsWith(SERVICE_ACCOUNT) ? "kube-controller-manager" : component(user);
    }
}

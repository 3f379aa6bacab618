package dev.navarch.apiserver.request;

import java.util.List;
import java.util.Map;

/**
 * Who asks. Source of the names: k8s.io/apiserver pkg/authentication/user.
 *
 * @param uid unique over time, or empty
 * @param extra facts that authenticators add, such as the pod a token is bound to
 */
public record User(String name, String uid, List<String> groups, Map<String, List<String>> extra) {
    public static final String MASTERS = "system:masters";
    public static final String AUTHENTICATED = "system:authenticated";
    public static final String UNAUTHENTICATED = "system:unauthenticated";

    /** Whoever shows no credentials. */
    public static final User ANONYMOUS = new User("system:anonymous", "", List.of(UNAUTHENTICATED), Map.of());

    private static final String SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";

    public User {
        groups = List.copyOf(groups);
        extra = Map.copyOf(extra);
    }

    public User(String name, List<String> groups) {
        this(name, "", groups, Map.of());
    }

    /** The user as whom a service account's pods act, with that account's groups. */
    public static User serviceAccount(String namespace, String name, String uid, Map<String, List<String>> extra) {
        return new User(
                SERVICE_ACCOUNT_PREFIX + namespace + ":" + name,
                uid,
                List.of("system:serviceaccounts", "system:serviceaccounts:" + namespace, AUTHENTICATED),
                extra);
    }

    public boolean isMemberOf(String group) {
        return groups.contains(group);
    }

    public boolean anonymous() {
        return name.equals("system:anonymous");
    }
}

package dev.navarch.apiserver.http;

import dev.navarch.api.FieldChecks;
import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Names;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Forbidden;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.ServiceAccountName;
import dev.navarch.apiserver.request.User;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Acting as somebody else by Impersonate- headers, for whoever may: for all that the other may do ({@code impersonate}), or
 * constrained to single verbs ({@code impersonate:<mode>} on the user beside {@code impersonate-on:<mode>:<verb>} on what
 * is done). Source: k8s.io/apiserver pkg/endpoints/filters/impersonation.
 */
final class Impersonation {
    private static final String EXTRA = "impersonate-extra-";
    private static final String AUTHENTICATION = "authentication.k8s.io";
    private static final String NODE = "system:node:";
    private static final String NODE_NAME = "authentication.kubernetes.io/node-name";
    private static final int MANY = 4;
    private static final int MOST_REMEMBERED = 10_000;

    private final Authorizer authorizer;
    private final ImpersonationMetrics metrics;

    /** The mode that helped a user last is tried first. */
    private final ConcurrentHashMap<String, Mode> helped = new ConcurrentHashMap<>();

    /** Ways to be allowed to, in the order in which they are tried. */
    private enum Mode {
        /** A service account as the node that its pod runs on. */
        ASSOCIATED_NODE("associated-node"),
        ARBITRARY_NODE("arbitrary-node"),
        SERVICE_ACCOUNT("serviceaccount"),
        /** Users that are neither nodes nor service accounts. */
        USER_INFO("user-info"),
        LEGACY("");

        private final String text;

        Mode(String text) {
            this.text = text;
        }

        boolean constrained() {
            return this != LEGACY;
        }

        String verb() {
            return constrained() ? "impersonate:" + text : "impersonate";
        }

        String shown() {
            return constrained() ? text : "legacy";
        }

        boolean covers(User wanted, User asking) {
            return switch (this) {
                case ASSOCIATED_NODE -> onlyNamed(wanted) && associated(asking, wanted);
                case ARBITRARY_NODE -> onlyNamed(wanted) && node(wanted) != null;
                case SERVICE_ACCOUNT -> onlyNamed(wanted) && ServiceAccountName.parse(wanted.name()) != null;
                case USER_INFO -> node(wanted) == null && ServiceAccountName.parse(wanted.name()) == null;
                case LEGACY -> true;
            };
        }

        private static boolean onlyNamed(User wanted) {
            return wanted.uid().isEmpty()
                    && wanted.groups().isEmpty()
                    && wanted.extra().isEmpty();
        }

        private static boolean associated(User asking, User wanted) {
            return node(wanted) != null
                    && ServiceAccountName.parse(asking.name()) != null
                    && List.of(wanted.name().substring(NODE.length()))
                            .equals(asking.extra().get(NODE_NAME));
        }
    }

    Impersonation(Authorizer authorizer, ImpersonationMetrics metrics) {
        this.authorizer = authorizer;
        this.metrics = metrics;
    }

    /** Is told as whom a request is made, and by which verb if that is a constrained one. */
    interface Witness {
        Witness NONE = (_, _) -> {};

        void impersonated(User user, String constraint);
    }

    /** As whom a request is made. */
    User apply(User asking, RequestInfo info, Headers headers) {
        return apply(asking, info, headers, Witness.NONE);
    }

    /** Likewise; somebody is told if it is made as somebody else. */
    User apply(User asking, RequestInfo info, Headers headers, Witness witness) {
        if (!asked(headers)) {
            return asking;
        }
        var wanted = wanted(headers);
        if (wanted == null) {
            return asking;
        }
        long from = metrics.start();
        var first = helped.get(asking.name());
        @Nullable ApiFailure refusal = null;
        for (int i = first == null ? 0 : -1; i < Mode.values().length; i++) {
            var mode = i < 0 ? first : Mode.values()[i];
            if (i >= 0 && mode == first || !mode.covers(wanted, asking)) {
                continue;
            }
            try {
                var user = check(mode, asking, wanted, info);
                if (helped.size() >= MOST_REMEMBERED) {
                    helped.clear();
                }
                helped.put(asking.name(), mode);
                metrics.attempted(mode.shown(), true, from);
                witness.impersonated(user, mode.constrained() ? mode.verb() : "");
                return user;
            } catch (ApiFailure e) {
                refusal = refusal == null ? e : refusal;
            }
        }
        metrics.attempted("", false, from);
        throw refusal; // the last mode covers whoever is wanted
    }

    /** What the headers say, and nothing else; null if they name no field that counts. */
    private static @Nullable User wanted(Headers headers) {
        var name = headers.first("Impersonate-User").orElse("");
        var uid = headers.first("Impersonate-Uid").orElse("");
        var groups = headers.all("Impersonate-Group");
        var extra = extra(headers);
        if (!name.isEmpty()) {
            return new User(name, uid, groups, extra);
        }
        if (uid.isEmpty() && groups.isEmpty() && extra.isEmpty()) {
            return null;
        }
        throw ApiFailure.badRequest("requested &user.DefaultInfo{Name:\"\", UID:" + GoText.quote(uid) + ", Groups:"
                + texts(groups) + ", Extra:" + texts(extra) + "} without impersonating a user name");
    }

    private static String texts(List<String> values) {
        return values.isEmpty()
                ? "[]string(nil)"
                : values.stream().map(GoText::quote).collect(Collectors.joining(", ", "[]string{", "}"));
    }

    private static String texts(Map<String, List<String>> extra) {
        return extra.isEmpty()
                ? "map[string][]string(nil)"
                : new TreeMap<>(extra)
                        .entrySet().stream()
                                .map(e -> GoText.quote(e.getKey()) + ":" + texts(e.getValue()))
                                .collect(Collectors.joining(", ", "map[string][]string{", "}"));
    }

    private static boolean asked(Headers headers) {
        if (headers instanceof NettyHeaders netty) {
            for (var fields = netty.fields().iteratorCharSequence(); fields.hasNext(); ) {
                if (isImpersonation(fields.next().getKey().toString())) {
                    return true;
                }
            }
            return false;
        }
        var found = new boolean[1];
        headers.forEach((name, _) -> found[0] |= isImpersonation(name));
        return found[0];
    }

    private static boolean isImpersonation(String header) {
        return header.regionMatches(true, 0, "Impersonate-", 0, 12);
    }

    private static Map<String, List<String>> extra(Headers headers) {
        Map<String, List<String>> extra = new LinkedHashMap<>();
        headers.forEach((header, value) -> {
            var lower = header.toLowerCase(Locale.ROOT);
            if (lower.startsWith(EXTRA)) {
                extra.computeIfAbsent(unescape(lower.substring(EXTRA.length())), _ -> new ArrayList<>())
                        .add(value);
            }
        });
        return extra;
    }

    private static String unescape(String key) {
        try {
            return URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return key;
        }
    }

    /** The name of a node's user's node; null for other users. */
    private static @Nullable String node(User user) {
        if (!user.name().startsWith(NODE)) {
            return null;
        }
        var name = user.name().substring(NODE.length());
        return Names.dns1123Subdomain(name).isEmpty() ? name : null;
    }

    /**
     * Who the wanted one is.
     *
     * @throws ApiFailure if this mode does not allow it
     */
    private User check(Mode mode, User asking, User wanted, RequestInfo info) {
        var as = mode == Mode.ASSOCIATED_NODE ? withoutPlace(asking) : asking;
        var check = new Check(mode, as);
        if (mode.constrained()) {
            check.may(info.withVerb("impersonate-on:" + mode.text + ":" + info.verb()));
        }
        var groups = check.name(wanted);
        if (!wanted.uid().isEmpty()) {
            check.may(AUTHENTICATION, "uids", "", "", wanted.uid());
        }
        check.groups(wanted.groups());
        check.extra(wanted.extra());
        return new User(wanted.name(), wanted.uid(), effective(wanted.name(), groups), wanted.extra());
    }

    /** An account is one wherever its pods run: what it may do must not depend on the node. */
    private static User withoutPlace(User asking) {
        return new User(
                asking.name(),
                asking.uid(),
                asking.groups(),
                Map.of(
                        "authentication.kubernetes.io/associated-node-keys",
                        List.copyOf(new TreeSet<>(asking.extra().keySet()))));
    }

    private static List<String> effective(String name, List<String> asked) {
        List<String> groups = new ArrayList<>(asked);
        var kind = name.equals(User.ANONYMOUS.name()) ? User.UNAUTHENTICATED : User.AUTHENTICATED;
        if (!groups.contains(User.UNAUTHENTICATED) && !groups.contains(kind)) {
            groups.add(kind);
        }
        return groups;
    }

    /** What one mode asks of the one who asks. */
    private final class Check {
        private final Mode mode;
        private final User asking;

        Check(Mode mode, User asking) {
            this.mode = mode;
            this.asking = asking;
        }

        /** The groups that a user of this name is in, as far as they are asked for or known. */
        List<String> name(User wanted) {
            var group = mode.constrained() ? AUTHENTICATION : "";
            var account = ServiceAccountName.parse(wanted.name());
            var node = node(wanted);
            if (account != null) {
                may(group, "serviceaccounts", "", account.namespace(), account.name());
                return wanted.groups().isEmpty()
                        ? List.of("system:serviceaccounts", "system:serviceaccounts:" + account.namespace())
                        : wanted.groups();
            }
            if (mode.constrained() && node != null) {
                may(group, "nodes", "", "", mode == Mode.ASSOCIATED_NODE ? "*" : node);
                return List.of("system:nodes");
            }
            may(group, "users", "", "", wanted.name());
            return wanted.groups();
        }

        void groups(List<String> groups) {
            var group = mode.constrained() ? AUTHENTICATION : "";
            if (mode.constrained() && !groups.isEmpty()) {
                if (groups.contains("")) {
                    throw refused(group, "groups", "", "impersonating the empty string group is not allowed");
                }
                if (groups.contains(User.MASTERS)) {
                    throw refused(
                            group, "groups", User.MASTERS, "impersonating the system:masters group is not allowed");
                }
                if (groups.size() >= MANY && might(about(group, "groups", "", "", "*"))) {
                    return;
                }
            }
            for (var one : groups) {
                may(group, "groups", "", "", one);
            }
        }

        void extra(Map<String, List<String>> extra) {
            if (mode.constrained() && !extra.isEmpty()) {
                var wrong = wrong(extra);
                if (!wrong.isEmpty()) {
                    throw refused(AUTHENTICATION, "userextras", "", wrong);
                }
                boolean many = extra.size() >= MANY
                        || extra.values().stream().mapToInt(List::size).sum() >= MANY;
                if (many && might(about(AUTHENTICATION, "userextras", "*", "", "*"))) {
                    return;
                }
            }
            extra.forEach((key, values) -> values.forEach(value -> may(AUTHENTICATION, "userextras", key, "", value)));
        }

        private String wrong(Map<String, List<String>> extra) {
            for (var entry : extra.entrySet()) {
                var key = entry.getKey();
                if (key.isEmpty()) {
                    return "impersonating the empty string key in extra is not allowed";
                }
                var invalid = FieldChecks.domainPrefixedPath("extra.key", key);
                if (!invalid.isEmpty()) {
                    return "impersonating an invalid key in extra is not allowed: "
                            + invalid.getFirst().message();
                }
                if (!key.equals(key.toLowerCase(Locale.ROOT))) {
                    return "impersonating a non-lowercase key in extra is not allowed: " + GoText.quote(key);
                }
                if (entry.getValue().contains("")) {
                    return "impersonating the empty string value in extra is not allowed";
                }
            }
            return "";
        }

        private RequestInfo about(String group, String resource, String subresource, String namespace, String name) {
            return new RequestInfo(true, mode.verb(), group, "v1", resource, subresource, namespace, name, "");
        }

        private ApiFailure refused(String group, String resource, String name, String why) {
            return Forbidden.failure(asking, about(group, resource, "", "", name), why);
        }

        private void may(String group, String resource, String subresource, String namespace, String name) {
            may(about(group, resource, subresource, namespace, name));
        }

        private void may(RequestInfo info) {
            long from = metrics.start();
            var decision = authorizer.authorize(asking, info);
            metrics.authorized(mode.shown(), decision.allowed(), from);
            if (!decision.allowed()) {
                throw Forbidden.failure(asking, info, decision.reason());
            }
        }

        private boolean might(RequestInfo info) {
            try {
                may(info);
                return true;
            } catch (ApiFailure _) {
                return false;
            }
        }
    }
}

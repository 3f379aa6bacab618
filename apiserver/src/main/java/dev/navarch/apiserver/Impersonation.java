package dev.navarch.apiserver;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Acting as somebody else by Impersonate- headers, for whoever may. Source: k8s.io/apiserver
 * pkg/endpoints/filters/impersonation.go.
 */
final class Impersonation {
    private static final String EXTRA = "impersonate-extra-";

    private final Authorizer authorizer;

    Impersonation(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    User apply(User user, Headers headers) {
        if (!asked(headers)) {
            return user;
        }
        var name = headers.first("Impersonate-User").orElse("");
        var uid = headers.first("Impersonate-Uid").orElse("");
        var groups = headers.all("Impersonate-Group");
        var extra = extra(headers);
        if (name.isEmpty()) {
            throw ApiFailure.internalError("requested impersonation without impersonating a user: "
                    + "an Impersonate-User header is needed beside the other Impersonate- headers");
        }

        var account = ServiceAccountName.parse(name);
        if (account != null) {
            check(user, "", "serviceaccounts", "", account.namespace(), account.name());
        } else {
            check(user, "", "users", "", "", name);
        }
        for (var group : groups) {
            check(user, "", "groups", "", "", group);
        }
        extra.forEach((key, values) ->
                values.forEach(value -> check(user, "authentication.k8s.io", "userextras", key, "", value)));
        if (!uid.isEmpty()) {
            check(user, "authentication.k8s.io", "uids", "", "", uid);
        }
        return new User(name, uid, effective(name, groups, account), extra);
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

    private void check(User user, String group, String resource, String subresource, String namespace, String name) {
        var info = new RequestInfo(true, "impersonate", group, "v1", resource, subresource, namespace, name, "");
        Pipeline.authorize(authorizer, user, info);
    }

    private static List<String> effective(
            String name, List<String> asked, @org.jspecify.annotations.Nullable ServiceAccountName account) {
        List<String> groups = new ArrayList<>(asked);
        if (account != null && asked.isEmpty()) {
            groups.add("system:serviceaccounts");
            groups.add("system:serviceaccounts:" + account.namespace());
        }
        var kind = name.equals(User.ANONYMOUS.name()) ? User.UNAUTHENTICATED : User.AUTHENTICATED;
        if (!groups.contains(User.UNAUTHENTICATED) && !groups.contains(kind)) {
            groups.add(kind);
        }
        return groups;
    }
}

package dev.navarch.apiserver.request;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The user of a request in the header fields that a front proxy adds to it. Sources: k8s.io/client-go
 * transport/round_trippers.go, SetAuthProxyHeaders; k8s.io/apiserver
 * pkg/authentication/request/headerrequest/requestheader.go.
 */
public final class RemoteUser {
    private static final String EVERY = "x-remote-";
    private static final String TOKEN = "!#$&'*+-.^_`|~";

    private RemoteUser() {}

    /** Which fields say what; the first user field that is there counts. */
    public record Names(List<String> user, List<String> uid, List<String> group, List<String> extraPrefixes) {
        public static final Names STANDARD = new Names(
                List.of("X-Remote-User"),
                List.of("X-Remote-Uid"),
                List.of("X-Remote-Group"),
                List.of("X-Remote-Extra-"));

        public Names {
            user = List.copyOf(user);
            uid = List.copyOf(uid);
            group = List.copyOf(group);
            extraPrefixes = List.copyOf(extraPrefixes);
        }
    }

    /**
     * The fields with those of the user, and without what the client said of that kind.
     *
     * @throws ApiFailure if the user can't be said in header fields; nobody must pass for somebody else
     */
    public static Headers write(Headers headers, User user) {
        List<String> fields = new ArrayList<>();
        headers.forEach((name, value) -> {
            if (!name.toLowerCase(Locale.ROOT).replace('_', '-').startsWith(EVERY)) {
                fields.add(name);
                fields.add(value);
            }
        });
        add(fields, "X-Remote-User", user.name());
        if (!user.uid().isEmpty()) {
            add(fields, "X-Remote-Uid", user.uid());
        }
        user.groups().forEach(group -> add(fields, "X-Remote-Group", group));
        user.extra()
                .forEach((key, values) -> values.forEach(value -> add(fields, "X-Remote-Extra-" + escape(key), value)));
        return Headers.of(fields.toArray(String[]::new));
    }

    private static void add(List<String> fields, String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~') {
                throw ApiFailure.internalError("the user can't be told to another server: " + name
                        + " would hold a character that header fields can't");
            }
        }
        if (!value.equals(value.strip())) {
            throw ApiFailure.internalError(
                    "the user can't be told to another server: " + name + " would begin or end with a blank");
        }
        fields.add(name);
        fields.add(value);
    }

    /** What is no character of a field's name as percent and hexadecimal digits. */
    private static String escape(String key) {
        var escaped = new StringBuilder(key.length());
        for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 128 && (Character.isLetterOrDigit(c) || TOKEN.indexOf(c) >= 0)) {
                escaped.append(c);
            } else {
                escaped.append("%%%02X".formatted((int) c));
            }
        }
        return escaped.toString();
    }

    /** The user that the fields name; empty if they name none. Whoever asks must know that a front proxy wrote them. */
    public static Optional<User> read(Headers headers, Names names) {
        var name = first(headers, names.user);
        if (name.isEmpty()) {
            return Optional.empty();
        }
        List<String> groups = new ArrayList<>();
        names.group.forEach(field -> groups.addAll(headers.all(field)));
        Map<String, List<String>> extra = new LinkedHashMap<>();
        headers.forEach((field, value) -> {
            for (var prefix : names.extraPrefixes) {
                if (field.regionMatches(true, 0, prefix, 0, prefix.length())) {
                    var key = unescape(field.substring(prefix.length()).toLowerCase(Locale.ROOT));
                    extra.computeIfAbsent(key, _ -> new ArrayList<>()).add(value);
                }
            }
        });
        return Optional.of(new User(name, first(headers, names.uid), groups, extra));
    }

    private static String first(Headers headers, List<String> names) {
        for (var name : names) {
            var value = headers.first(name).map(String::strip).orElse("");
            if (!value.isEmpty()) {
                return value;
            }
        }
        return "";
    }

    private static String unescape(String key) {
        try {
            return URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return key;
        }
    }
}

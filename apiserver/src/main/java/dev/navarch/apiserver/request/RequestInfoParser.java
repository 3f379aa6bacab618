package dev.navarch.apiserver.request;

import dev.navarch.api.values.GoText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Tells from method and URL what a request is about. Source: k8s.io/apiserver
 * pkg/endpoints/request/requestinfo.go, whose tables the test repeats.
 *
 * <p>Stricter than upstream in one thing: a path with a {@code .} or {@code ..} segment, or with an escaped slash
 * before a proxy's own path, is refused, so that what is authorized is what is served.
 */
public final class RequestInfoParser {
    private static final Set<String> NAMESPACE_SUBRESOURCES = Set.of("status", "finalize");

    private RequestInfoParser() {}

    /**
     * The decoded form of a URL's path.
     *
     * @throws ApiFailure if it is no absolute path or has a broken or dangerous escape
     */
    public static String decodePath(String raw) {
        if (raw.isEmpty() || raw.charAt(0) != '/') {
            throw ApiFailure.badRequest("the request's path must be absolute");
        }
        if (raw.indexOf('%') < 0) {
            refuseDots(raw);
            return raw;
        }
        var out = new byte[raw.length() * 3];
        int length = 0;
        boolean escapedSlash = false;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                int high = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 1), 16) : -1;
                int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw ApiFailure.badRequest("invalid URL escape " + GoText.quote(raw.substring(i)));
                }
                int value = high * 16 + low;
                if (value == 0) {
                    throw ApiFailure.badRequest("the request's path holds a zero byte");
                }
                escapedSlash |= value == '/';
                out[length++] = (byte) value;
                i += 2;
            } else {
                var encoded = String.valueOf(c).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(encoded, 0, out, length, encoded.length);
                length += encoded.length;
            }
        }
        var path = new String(out, 0, length, StandardCharsets.UTF_8);
        refuseDots(path);
        if (escapedSlash && !path.contains("/proxy/")) {
            throw ApiFailure.badRequest("the request's path holds an escaped slash");
        }
        return path;
    }

    private static void refuseDots(String path) {
        for (int at = path.indexOf("/."); at >= 0; at = path.indexOf("/.", at + 1)) {
            int end = path.indexOf('/', at + 1);
            var segment = path.substring(at + 1, end < 0 ? path.length() : end);
            if (segment.equals(".") || segment.equals("..")) {
                throw ApiFailure.unknownResource();
            }
        }
    }

    /** @param path decoded */
    public static RequestInfo parse(String method, String path, Query query) {
        var parts = split(path);
        boolean core = parts.size() >= 3 && parts.get(0).equals("api");
        boolean grouped = parts.size() >= 4 && parts.get(0).equals("apis");
        if (!core && !grouped) {
            return RequestInfo.nonResource(method.toLowerCase(Locale.ROOT), path);
        }
        var group = core ? "" : parts.get(1);
        var version = core ? parts.get(1) : parts.get(2);
        parts = parts.subList(core ? 2 : 3, parts.size());

        String verb;
        boolean verbInPath = false;
        if (parts.getFirst().equals("watch") || parts.getFirst().equals("proxy")) {
            if (parts.size() < 2) {
                throw ApiFailure.badRequest("unable to determine kind and namespace from url, " + path);
            }
            verb = parts.getFirst();
            verbInPath = true; // of old; selectors of such watches don't count
            parts = parts.subList(1, parts.size());
        } else {
            verb = verb(method);
        }

        var namespace = "";
        if (parts.getFirst().equals("namespaces") && parts.size() > 1) {
            namespace = parts.get(1);
            if (parts.size() > 2 && !NAMESPACE_SUBRESOURCES.contains(parts.get(2))) {
                parts = parts.subList(2, parts.size());
            }
        }

        var resource = parts.getFirst();
        var name = parts.size() > 1 ? parts.get(1) : "";
        var subresource = parts.size() > 2 && !verb.equals("proxy") ? parts.get(2) : "";
        if (name.isEmpty()) {
            verb = switch (verb) {
                case "get" -> query.flag("watch") ? "watch" : "list";
                case "delete" -> "deletecollection";
                default -> verb;
            };
        }
        var selectors = Selectors.NONE;
        if (name.isEmpty() && (verb.equals("list") || verb.equals("watch") || verb.equals("deletecollection"))) {
            var fields = query.value("fieldSelector");
            name = selectedName(fields);
            if (!verbInPath) {
                selectors = Selectors.of(fields, query.value("labelSelector"));
            }
        }
        return new RequestInfo(true, verb, group, version, resource, subresource, namespace, name, path, selectors);
    }

    private static String verb(String method) {
        return switch (method) {
            case "POST" -> "create";
            case "GET", "HEAD" -> "get";
            case "PUT" -> "update";
            case "PATCH" -> "patch";
            case "DELETE" -> "delete";
            default -> "";
        };
    }

    /** The name that {@code metadata.name=x} selects, if it may stand in a path. */
    private static String selectedName(String fieldSelector) {
        if (!fieldSelector.contains("metadata.name")) {
            return "";
        }
        for (var term : fieldSelector.split(",")) {
            int equals = term.indexOf('=');
            if (equals > 0 && term.substring(0, equals).strip().equals("metadata.name")) {
                var value = term.substring(equals + (term.startsWith("=", equals + 1) ? 2 : 1));
                boolean segment = !value.equals(".")
                        && !value.equals("..")
                        && value.indexOf('/') < 0
                        && value.indexOf('%') < 0
                        && value.indexOf('\\') < 0;
                return segment ? value : "";
            }
        }
        return "";
    }

    /** Segments between slashes, without those at both ends. */
    private static List<String> split(String path) {
        int start = 0;
        int end = path.length();
        while (start < end && path.charAt(start) == '/') {
            start++;
        }
        while (end > start && path.charAt(end - 1) == '/') {
            end--;
        }
        List<String> parts = new ArrayList<>(8);
        for (int at = start; at < end; ) {
            int slash = path.indexOf('/', at);
            if (slash < 0 || slash > end) {
                slash = end;
            }
            parts.add(path.substring(at, slash));
            at = slash + 1;
        }
        return parts;
    }
}

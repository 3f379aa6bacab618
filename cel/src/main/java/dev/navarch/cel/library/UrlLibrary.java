package dev.navarch.cel.library;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelEvaluationException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** URLs and absolute paths. */
public final class UrlLibrary extends Library {
    public static final CelType URL = OpaqueType.create("kubernetes.URL");

    public UrlLibrary() {
        type(URL, URI.class);
        global(
                "url",
                "string_to_url",
                URL,
                List.of(SimpleType.STRING),
                a -> parse((String) a[0])
                        .orElseThrow(() -> failure("URL parse error during conversion from string: parse \"" + a[0]
                                + "\": invalid URI for request")));
        global(
                "isURL",
                "is_url_string",
                SimpleType.BOOL,
                List.of(SimpleType.STRING),
                a -> parse((String) a[0]).isPresent());
        text("getScheme", "url_get_scheme", url -> url.getScheme() == null ? "" : url.getScheme());
        text("getHost", "url_get_host", url -> url.getRawAuthority() == null ? "" : host(url));
        text("getHostname", "url_get_hostname", url -> url.getHost() == null ? "" : hostname(url));
        text("getPort", "url_get_port", url -> url.getPort() < 0 ? "" : Integer.toString(url.getPort()));
        text("getEscapedPath", "url_get_escaped_path", url -> url.getRawPath() == null ? "" : url.getRawPath());
        member(
                "getQuery",
                "url_get_query",
                MapType.create(SimpleType.STRING, ListType.create(SimpleType.STRING)),
                URL,
                a -> query((URI) a[0]));
    }

    private interface Part {
        String of(URI url);
    }

    private void text(String function, String id, Part part) {
        member(function, id, SimpleType.STRING, URL, a -> part.of((URI) a[0]));
    }

    private static Optional<URI> parse(String text) throws CelEvaluationException {
        try {
            var url = new URI(text);
            return url.isAbsolute() || text.startsWith("/") ? Optional.of(url) : Optional.empty();
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }

    private static String host(URI url) {
        var authority = url.getRawAuthority();
        return authority.substring(authority.lastIndexOf('@') + 1);
    }

    private static String hostname(URI url) {
        var host = url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static Map<String, List<String>> query(URI url) {
        Map<String, List<String>> query = new LinkedHashMap<>();
        var raw = url.getRawQuery();
        for (var pair : raw == null || raw.isEmpty() ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            var name = equals < 0 ? pair : pair.substring(0, equals);
            var value = equals < 0 ? "" : pair.substring(equals + 1);
            query.computeIfAbsent(decode(name), _ -> new ArrayList<>()).add(decode(value));
        }
        return query;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}

package dev.navarch.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Builds a path with its query; values that are empty are left out. */
final class Query {
    private final StringBuilder text;
    private char separator = '?';

    Query(String path) {
        text = new StringBuilder(path);
    }

    Query with(String name, String value) {
        if (!value.isEmpty()) {
            text.append(separator).append(name).append('=').append(escape(value));
            separator = '&';
        }
        return this;
    }

    static String escape(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

package dev.navarch.client;

import java.util.Map;

/**
 * One request to an API server.
 *
 * @param path absolute path with its query, already escaped
 * @param body empty for none
 */
public record Request(String method, String path, Map<String, String> headers, byte[] body) {
    private static final byte[] NONE = {};

    public Request {
        headers = Map.copyOf(headers);
    }

    /** A request without a body that asks for JSON. */
    public static Request of(String method, String path) {
        return new Request(method, path, Map.of("Accept", "application/json"), NONE);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}

package dev.navarch.apiserver.request;

import java.nio.charset.StandardCharsets;

/** An answer. */
public sealed interface ApiResponse {
    int status();

    /** Of the body; empty if there is none. */
    String contentType();

    /** Fields besides content type and length. */
    Headers headers();

    /**
     * An answer whose body is there.
     *
     * @param parts the body; its arrays may be shared with the store and must not be changed
     */
    record Whole(int status, String contentType, Headers headers, Parts parts) implements ApiResponse {
        public Whole(int status, String contentType, Headers headers, byte[] body) {
            this(status, contentType, headers, Parts.of(body));
        }

        /** Without a body. */
        public Whole(int status, String contentType, Headers headers) {
            this(status, contentType, headers, Parts.NONE);
        }

        public long length() {
            return parts.length();
        }
    }

    /** An answer whose body comes by and by. Whoever holds it must close the frames. */
    record Streaming(int status, String contentType, Headers headers, Frames frames) implements ApiResponse {}

    /** The same answer with one more field. */
    default ApiResponse with(String name, String value) {
        return switch (this) {
            case Whole(var status, var contentType, var headers, var parts) ->
                new Whole(status, contentType, headers.with(name, value), parts);
            case Streaming(var status, var contentType, var headers, var frames) ->
                new Streaming(status, contentType, headers.with(name, value), frames);
        };
    }

    String JSON = "application/json";

    static Whole json(int status, byte[] body) {
        return new Whole(status, JSON, Headers.EMPTY, body);
    }

    static Whole text(int status, String body) {
        return new Whole(status, "text/plain; charset=utf-8", Headers.EMPTY, body.getBytes(StandardCharsets.UTF_8));
    }
}

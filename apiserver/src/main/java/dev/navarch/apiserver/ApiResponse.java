package dev.navarch.apiserver;

import java.util.List;

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
     * @param parts the body in pieces, written one after the other without being copied together; neither the list nor
     *     the arrays may change afterwards, and arrays may be shared with the store
     */
    record Whole(int status, String contentType, Headers headers, List<byte[]> parts) implements ApiResponse {
        public long length() {
            long sum = 0;
            for (int i = 0; i < parts.size(); i++) {
                sum += parts.get(i).length;
            }
            return sum;
        }
    }

    /** An answer whose body comes by and by. Whoever holds it must close the frames. */
    record Streaming(int status, String contentType, Headers headers, Frames frames) implements ApiResponse {}

    String JSON = "application/json";

    static Whole json(int status, byte[] body) {
        return new Whole(status, JSON, Headers.EMPTY, List.of(body));
    }

    static Whole json(int status, List<byte[]> parts) {
        return new Whole(status, JSON, Headers.EMPTY, parts);
    }

    static Whole text(int status, String body) {
        return new Whole(
                status,
                "text/plain; charset=utf-8",
                Headers.EMPTY,
                List.of(body.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}

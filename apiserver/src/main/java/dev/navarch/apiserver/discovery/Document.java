package dev.navarch.apiserver.discovery;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Parts;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A body that changes seldom, with its hash, by which clients ask whether theirs still holds.
 *
 * @param tag in quotes
 */
record Document(String contentType, byte[] body, String tag) {
    static Document of(String contentType, byte[] body) {
        try {
            var hash = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-512").digest(body));
            return new Document(contentType, body, "\"" + hash.toUpperCase(Locale.ROOT) + "\"");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-512", e);
        }
    }

    /** The body, or 304 if the client has it. */
    ApiResponse answer(ApiRequest request, Headers headers) {
        return answer(request, headers, contentType, tag, () -> Parts.of(body));
    }

    /** The same for a body that is not made for who has it. */
    static ApiResponse answer(
            ApiRequest request, Headers headers, String contentType, String tag, Supplier<Parts> body) {
        var tagged = headers.with("ETag", tag).with("Vary", "Accept");
        if (request.header("If-None-Match", "").contains(tag)) {
            return new ApiResponse.Whole(304, "", tagged);
        }
        return new ApiResponse.Whole(200, contentType, tagged, body.get());
    }
}

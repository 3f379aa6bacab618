package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses long answers to reads, if the client takes them so. Source: k8s.io/apiserver
 * pkg/endpoints/handlers/responsewriters/writers.go (more than 128 KiB, at the fastest level).
 */
final class Gzip {
    private Gzip() {}

    static ApiResponse compressed(ApiRequest request, ApiResponse.Whole response, int from) {
        boolean read =
                request.info().verb().equals("get") || request.info().verb().equals("list");
        if (!read
                || response.length() <= from
                || response.headers().first("Content-Encoding").isPresent()
                || !accepts(request.header("Accept-Encoding", ""))) {
            return response;
        }
        var out = new ByteArrayOutputStream((int) Math.min(response.length() / 4, 1 << 24));
        try (var gzip = new GZIPOutputStream(out, 8192) {
            {
                def.setLevel(Deflater.BEST_SPEED);
            }
        }) {
            response.parts().writeTo(gzip);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ApiResponse.Whole(
                response.status(),
                response.contentType(),
                response.headers().with("Content-Encoding", "gzip").with("Vary", "Accept-Encoding"),
                out.toByteArray());
    }

    private static boolean accepts(String encodings) {
        for (var encoding : encodings.split(",")) {
            if (encoding.strip().equals("gzip")) {
                return true;
            }
        }
        return false;
    }
}

package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.ApiRequest;
import dev.navarch.apiserver.ApiResponse;
import dev.navarch.apiserver.Frames;
import dev.navarch.apiserver.Headers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Passes plain HTTP requests on and their answers back, as they come. */
final class HttpForward {
    private static final Duration HEAD_WITHIN = Duration.ofSeconds(30);
    private static final int MAX_ERROR = 64 * 1024;

    /** Fields that concern one connection only, or that the other side must not see. */
    private static final Set<String> NOT_FORWARDED = Set.of(
            "authorization",
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final KubeletTls tls;

    HttpForward(KubeletTls tls) {
        this.tls = tls;
    }

    /** Source of the answers to errors: k8s.io/apiserver pkg/registry/generic/rest/response_checker.go. */
    ApiResponse log(ApiRequest request, Location location) throws InterruptedException {
        var answer = send(
                HttpRequest.newBuilder(location.uri())
                        .timeout(HEAD_WITHIN)
                        .GET()
                        .build(),
                true);
        if (answer.statusCode() < 200 || answer.statusCode() > 206) {
            throw refused(request, answer);
        }
        return new ApiResponse.Streaming(
                200,
                answer.headers().firstValue("Content-Type").orElse("text/plain"),
                Headers.EMPTY,
                new StreamFrames(answer.body()));
    }

    private static ApiFailure refused(ApiRequest request, HttpResponse<InputStream> answer) {
        String text;
        try (var body = answer.body()) {
            text = new String(body.readNBytes(MAX_ERROR), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            text = String.valueOf(e.getMessage());
        }
        return switch (answer.statusCode()) {
            case 400 -> ApiFailure.badRequest(text);
            case 404 ->
                new ApiFailure(new dev.navarch.apiserver.Status(
                        "Failure",
                        "the server could not find the requested resource (get pods "
                                + request.info().name() + ")",
                        "NotFound",
                        java.util.Optional.of(new dev.navarch.apiserver.Status.Details(
                                request.info().name(), "", "pods")),
                        404));
            default -> ApiFailure.internalError(text.isEmpty() ? "the kubelet answered " + answer.statusCode() : text);
        };
    }

    ApiResponse proxy(ApiRequest request, Location location) throws InterruptedException {
        var builder = HttpRequest.newBuilder(location.uri())
                .method(
                        request.method(),
                        request.body().length == 0
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(request.body()));
        forwardable(request.headers()).forEach((name, value) -> {
            try {
                builder.header(name, value);
            } catch (IllegalArgumentException _) {
                // a field that cannot be sent is left out
            }
        });
        var answer = send(builder.build(), location.toKubelet());
        List<String> fields = new ArrayList<>();
        answer.headers().map().forEach((name, values) -> {
            if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))
                    && !name.equalsIgnoreCase("content-type")
                    && !name.equalsIgnoreCase("date")
                    && !name.startsWith(":")) {
                values.forEach(value -> {
                    fields.add(name);
                    fields.add(value);
                });
            }
        });
        return new ApiResponse.Streaming(
                answer.statusCode(),
                answer.headers().firstValue("Content-Type").orElse(""),
                Headers.of(fields.toArray(String[]::new)),
                new StreamFrames(answer.body()));
    }

    /** What of a client's header goes on. */
    static Headers forwardable(Headers headers) {
        List<String> fields = new ArrayList<>();
        headers.forEach((name, value) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (!NOT_FORWARDED.contains(lower) && !lower.startsWith("impersonate-")) {
                fields.add(name);
                fields.add(value);
            }
        });
        return Headers.of(fields.toArray(String[]::new));
    }

    private HttpResponse<InputStream> send(HttpRequest request, boolean toKubelet) throws InterruptedException {
        try {
            return (toKubelet ? tls.client() : tls.anyClient())
                    .send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw ApiFailure.serviceUnavailable("error trying to reach service: " + reason(e));
        }
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** A body, as much at a time as has come. */
    private static final class StreamFrames implements Frames {
        private final InputStream body;
        private volatile boolean closed;

        StreamFrames(InputStream body) {
            this.body = body;
        }

        @Override
        public byte @Nullable [] next() {
            try {
                var buffer = new byte[16 * 1024];
                int length = body.read(buffer);
                return length < 0 ? null : Arrays.copyOf(buffer, length);
            } catch (IOException e) {
                if (closed) {
                    return null;
                }
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            closed = true;
            try {
                body.close();
            } catch (IOException _) {
                // it is closed, which is all that was wanted
            }
        }
    }
}

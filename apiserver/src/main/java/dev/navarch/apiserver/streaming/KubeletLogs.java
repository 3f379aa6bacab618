package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.Status;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Reads containers' logs from kubelets. */
final class KubeletLogs {
    private static final Duration HEAD_WITHIN = Duration.ofSeconds(30);
    private static final int MAX_ERROR = 64 * 1024;

    private final KubeletTls tls;

    KubeletLogs(KubeletTls tls) {
        this.tls = tls;
    }

    /** Source of the answers to errors: k8s.io/apiserver pkg/registry/generic/rest/response_checker.go. */
    ApiResponse read(ApiRequest request, Location location) throws InterruptedException {
        var answer = send(
                location,
                HttpRequest.newBuilder(location.uri())
                        .timeout(HEAD_WITHIN)
                        .GET()
                        .build());
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
                new ApiFailure(new Status(
                        "Failure",
                        "the server could not find the requested resource (get pods "
                                + request.info().name() + ")",
                        "NotFound",
                        Optional.of(new Status.Details(request.info().name(), "", "pods")),
                        404));
            default -> ApiFailure.internalError(text.isEmpty() ? "the kubelet answered " + answer.statusCode() : text);
        };
    }

    private HttpResponse<InputStream> send(Location location, HttpRequest request) throws InterruptedException {
        try {
            return tls.kubelets().client().send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw Forwarder.unreachable(e, location);
        }
    }
}

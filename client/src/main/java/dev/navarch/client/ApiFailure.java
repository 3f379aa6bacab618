package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/** The API server refused a request; carries its {@code Status}. */
public final class ApiFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Status status;

    public ApiFailure(Status status) {
        super(Stream.of(status.getMessage(), status.getReason())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("the server answered " + status.getCode()));
        this.status = status;
    }

    /** Reads the body of a refusal; a body that is no Status becomes the message of one. */
    static ApiFailure of(int code, byte[] body) {
        try {
            var status = Json.mapper().readValue(body, Status.class);
            if (status != null && "Status".equals(status.getKind()) && status.getCode() != null) {
                return new ApiFailure(status);
            }
        } catch (JacksonException e) {
            // not a Status: described below
        }
        var text = new String(body, 0, Math.min(body.length, 1024), java.nio.charset.StandardCharsets.UTF_8);
        return new ApiFailure(new StatusBuilder()
                .withStatus("Failure")
                .withCode(code)
                .withReason(reasonOf(code))
                .withMessage("the server answered " + code + (text.isBlank() ? "" : ": " + text.strip()))
                .build());
    }

    private static String reasonOf(int code) {
        return switch (code) {
            case 400 -> "BadRequest";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "NotFound";
            case 405 -> "MethodNotAllowed";
            case 409 -> "Conflict";
            case 410 -> "Expired";
            case 422 -> "Invalid";
            case 429 -> "TooManyRequests";
            case 503 -> "ServiceUnavailable";
            case 504 -> "Timeout";
            default -> code >= 500 ? "InternalError" : "Unknown";
        };
    }

    public Status status() {
        return status;
    }

    public int code() {
        return status.getCode() == null ? 0 : status.getCode();
    }

    /** The machine-readable reason, such as {@code NotFound}; empty when the server gave none. */
    public String reason() {
        return status.getReason() == null ? "" : status.getReason();
    }

    public boolean notFound() {
        return code() == 404;
    }

    /** The resource version or uid that the write named is not the current one. */
    public boolean conflict() {
        return code() == 409 && reason().equals("Conflict");
    }

    public boolean alreadyExists() {
        return code() == 409 && reason().equals("AlreadyExists");
    }

    /** The resource version asked for is no longer served: list again. */
    public boolean gone() {
        return code() == 410;
    }

    public boolean forbidden() {
        return code() == 403;
    }

    public boolean invalid() {
        return code() == 422;
    }

    /** The create was refused because its namespace is being deleted. */
    public boolean namespaceTerminating() {
        return hasCause("NamespaceTerminating");
    }

    /** Whether the Status has a cause of this reason. */
    public boolean hasCause(String reason) {
        var details = status.getDetails();
        return details != null
                && details.getCauses() != null
                && details.getCauses().stream().anyMatch(c -> reason.equals(c.getReason()));
    }

    /** How long the server asks to wait before the next try. */
    public Optional<Duration> retryAfter() {
        var details = status.getDetails();
        return details == null || details.getRetryAfterSeconds() == null || details.getRetryAfterSeconds() <= 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(details.getRetryAfterSeconds()));
    }
}

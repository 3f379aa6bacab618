package dev.navarch.apiserver.request;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.request.Status.Details;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A refusal, answered as a {@link Status}. The factories carry codes, reasons, details and messages of upstream's
 * constructors (source: k8s.io/apimachinery pkg/api/errors/errors.go). Wherever a group and a resource are asked for,
 * the group is empty for the core group and the resource is the plural.
 *
 * <p>Has no stack trace: it is an outcome, not a fault.
 */
public final class ApiFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Status status;

    public ApiFailure(Status status) {
        this(status, null);
    }

    public ApiFailure(Status status, @Nullable Throwable cause) {
        super(status.message(), cause, false, false);
        this.status = status;
    }

    private ApiFailure(int code, String reason, String message, @Nullable Details details) {
        this(new Status("Failure", message, reason, Optional.ofNullable(details), code));
    }

    public Status status() {
        return status;
    }

    public int code() {
        return status.code();
    }

    public String reason() {
        return status.reason();
    }

    /** Seconds for the Retry-After header, or 0. */
    public int retryAfterSeconds() {
        return status.details().map(Details::retryAfterSeconds).orElse(0);
    }

    public ApiResponse.Whole response() {
        var headers = retryAfterSeconds() > 0 ? Headers.of("Retry-After", "" + retryAfterSeconds()) : Headers.EMPTY;
        return new ApiResponse.Whole(code(), ApiResponse.JSON, headers, status.json());
    }

    /** "pods", "deployments.apps". */
    private static String qualified(String group, String resource) {
        return group.isEmpty() ? resource : resource + "." + group;
    }

    /** {@code text} in quotes as Go's %q writes it. */
    public static ApiFailure notFound(String group, String resource, String name) {
        return new ApiFailure(
                404,
                "NotFound",
                qualified(group, resource) + " " + GoText.quote(name) + " not found",
                new Details(name, group, resource));
    }

    /** No such path, group, version or resource. */
    public static ApiFailure unknownResource() {
        return new ApiFailure(
                404, "NotFound", "the server could not find the requested resource", new Details("", "", ""));
    }

    public static ApiFailure alreadyExists(String group, String resource, String name) {
        return new ApiFailure(
                409,
                "AlreadyExists",
                qualified(group, resource) + " " + GoText.quote(name) + " already exists",
                new Details(name, group, resource));
    }

    public static ApiFailure generateNameConflict(String group, String resource, String name, int retryAfterSeconds) {
        return new ApiFailure(
                409,
                "AlreadyExists",
                qualified(group, resource) + " " + GoText.quote(name)
                        + " already exists, the server was not able to generate a unique name for the object",
                new Details(name, group, resource, "", List.of(), retryAfterSeconds));
    }

    public static ApiFailure unauthorized(String why) {
        return new ApiFailure(401, "Unauthorized", why.isEmpty() ? "not authorized" : why, null);
    }

    /** @param resource may be empty if the request is for no resource */
    public static ApiFailure forbidden(String group, String resource, String name, String why) {
        String message;
        if (resource.isEmpty() && group.isEmpty()) {
            message = "forbidden: " + why;
        } else if (name.isEmpty()) {
            message = qualified(group, resource) + " is forbidden: " + why;
        } else {
            message = qualified(group, resource) + " " + GoText.quote(name) + " is forbidden: " + why;
        }
        return new ApiFailure(403, "Forbidden", message, new Details(name, group, resource));
    }

    public static ApiFailure conflict(String group, String resource, String name, String why) {
        return new ApiFailure(
                409,
                "Conflict",
                "Operation cannot be fulfilled on " + qualified(group, resource) + " " + GoText.quote(name) + ": "
                        + why,
                new Details(name, group, resource));
    }

    /** The object has changed since it was read (source: k8s.io/apiserver pkg/registry/generic/registry/store.go). */
    public static ApiFailure modified(String group, String resource, String name) {
        return conflict(
                group,
                resource,
                name,
                "the object has been modified; please apply your changes to the latest version and try again");
    }

    /** Server-side apply would take fields of others. */
    public static ApiFailure applyConflict(List<Cause> causes, String message) {
        return new ApiFailure(409, "Conflict", message, new Details("", "", "", "", causes, 0));
    }

    public static ApiFailure gone(String message) {
        return new ApiFailure(410, "Gone", message, null);
    }

    /** A resource version or continue token is too old. */
    public static ApiFailure expired(String message) {
        return new ApiFailure(410, "Expired", message, null);
    }

    /**
     * @param kind a kind, not a resource
     * @param causes one a bad field: reason "FieldValueRequired" and so on, message as upstream's ErrorBody
     */
    public static ApiFailure invalid(String group, String kind, String name, List<Cause> causes) {
        var message = qualified(group, kind) + " " + GoText.quote(name) + " is invalid";
        if (!causes.isEmpty()) {
            message += ": " + aggregate(causes);
        }
        return new ApiFailure(422, "Invalid", message, new Details(name, group, kind, "", causes, 0));
    }

    /** One message alone, several in brackets, equal ones once. */
    private static String aggregate(List<Cause> causes) {
        Set<String> messages = new LinkedHashSet<>();
        for (var cause : causes) {
            messages.add(cause.field() + ": " + cause.message());
        }
        var list = new ArrayList<>(messages);
        return list.size() == 1 ? list.getFirst() : "[" + String.join(", ", list) + "]";
    }

    public static ApiFailure badRequest(String why) {
        return new ApiFailure(400, "BadRequest", why, null);
    }

    public static ApiFailure tooManyRequests(String message, int retryAfterSeconds) {
        return new ApiFailure(
                429, "TooManyRequests", message, new Details("", "", "", "", List.of(), retryAfterSeconds));
    }

    public static ApiFailure serviceUnavailable(String why) {
        return new ApiFailure(503, "ServiceUnavailable", why, null);
    }

    /** The method does not fit the path (source: k8s.io/apiserver pkg/server, go-restful's 405). */
    public static ApiFailure methodNotAllowed() {
        return new ApiFailure(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
                new Details("", "", ""));
    }

    public static ApiFailure internalError(String why) {
        return new ApiFailure(
                500,
                "InternalError",
                "Internal error occurred: " + why,
                new Details("", "", "", "", List.of(new Cause("", why, "")), 0));
    }

    public static ApiFailure timeout(String message, int retryAfterSeconds) {
        return new ApiFailure(
                504, "Timeout", "Timeout: " + message, new Details("", "", "", "", List.of(), retryAfterSeconds));
    }

    /**
     * A resource version that this server has not reached (source: k8s.io/apiserver pkg/storage/errors.go,
     * NewTooLargeResourceVersionError).
     */
    public static ApiFailure tooLargeResourceVersion(long wanted, long current, int retryAfterSeconds) {
        return new ApiFailure(
                504,
                "Timeout",
                "Timeout: Too large resource version: " + wanted + ", current: " + current,
                new Details(
                        "",
                        "",
                        "",
                        "",
                        List.of(new Cause("ResourceVersionTooLarge", "Too large resource version", "")),
                        retryAfterSeconds));
    }

    public static ApiFailure requestEntityTooLarge(String why) {
        return new ApiFailure(413, "RequestEntityTooLarge", "Request entity too large: " + why, null);
    }

    /** An answer can't be made in the shape asked for (source: k8s.io/apiserver pkg/endpoints/handlers/response.go). */
    public static ApiFailure notAcceptable(String why) {
        return new ApiFailure(406, "NotAcceptable", why, null);
    }

    /**
     * None of the media types asked for can be made (source: k8s.io/apiserver
     * pkg/endpoints/handlers/negotiation/errors.go).
     */
    public static ApiFailure notAcceptable(List<String> possible) {
        return new ApiFailure(
                406,
                "NotAcceptable",
                "only the following media types are accepted: " + String.join(", ", possible),
                null);
    }

    /** The body's media type can't be read (source: likewise). */
    public static ApiFailure unsupportedMediaType(List<String> possible) {
        return new ApiFailure(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                        + String.join(", ", possible),
                null);
    }
}

package dev.navarch.apiserver.patch;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.request.Status.Details;
import java.util.List;
import java.util.Optional;

/**
 * A patch that cannot be read, or that does not fit the object; the message is upstream's.
 *
 * <p>Has no stack trace: it is an outcome, not a fault.
 */
public final class PatchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int code;
    private final boolean failedTest;

    private PatchException(int code, String message) {
        this(code, message, false);
    }

    private PatchException(int code, String message, boolean failedTest) {
        super(message, null, false, false);
        this.code = code;
        this.failedTest = failedTest;
    }

    /** An operation {@code test} has found another value. */
    static PatchException failedTest(String message) {
        return new PatchException(422, message, true);
    }

    /** Whether it is only that the patch's own test did not hold. */
    public boolean failedTest() {
        return failedTest;
    }

    /** The patch itself is malformed. */
    static PatchException malformed(String message) {
        return new PatchException(400, message);
    }

    /** The patch does not fit the object. */
    static PatchException unprocessable(String message) {
        return new PatchException(422, message);
    }

    /** The patch can't be applied, and upstream has not thought about what to answer: its error comes out as it is. */
    static PatchException failed(String message) {
        return new PatchException(500, message);
    }

    /** The patch does too much. */
    static PatchException tooLarge(String message) {
        return new PatchException(413, message);
    }

    /** The HTTP status: 400, 413, 422 or 500. */
    public int code() {
        return code;
    }

    /**
     * What the client is answered (source: k8s.io/apiserver pkg/endpoints/handlers/patch.go, where what does not fit is a
     * generic server response).
     */
    public ApiFailure failure() {
        return switch (code) {
            case 400 -> ApiFailure.badRequest(getMessage());
            case 413 -> ApiFailure.requestEntityTooLarge(getMessage());
            case 500 -> new ApiFailure(new Status("Failure", getMessage(), "", Optional.empty(), 500));
            default ->
                new ApiFailure(new Status(
                        "Failure",
                        "the server rejected our request due to an error in our request",
                        "Invalid",
                        Optional.of(new Details(
                                "", "", "", "", List.of(new Cause("UnexpectedServerResponse", getMessage(), "")), 0)),
                        422));
        };
    }
}

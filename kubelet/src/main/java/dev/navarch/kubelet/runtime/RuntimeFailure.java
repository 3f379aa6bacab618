package dev.navarch.kubelet.runtime;

import org.jspecify.annotations.Nullable;

/** The engine refused, failed, or could not be reached. The message is fit for a pod's events. */
public final class RuntimeFailure extends RuntimeException {

    /** What kind of failure it is; the codes of gRPC that engines use. */
    public enum Reason {
        NOT_FOUND,
        ALREADY_EXISTS,
        INVALID_ARGUMENT,
        /** The engine does not have this ability. */
        UNIMPLEMENTED,
        /** The caller's time ran out before the engine answered. */
        DEADLINE_EXCEEDED,
        /** The engine can't be reached; the call may have had an effect. */
        UNAVAILABLE,
        /** The calling thread was interrupted. */
        CANCELLED,
        UNKNOWN
    }

    private final Reason reason;

    public RuntimeFailure(Reason reason, String message) {
        this(reason, message, null);
    }

    public RuntimeFailure(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    public boolean notFound() {
        return reason == Reason.NOT_FOUND;
    }
}

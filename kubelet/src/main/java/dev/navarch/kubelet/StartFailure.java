package dev.navarch.kubelet;

import org.jspecify.annotations.Nullable;

/** A container can't be started, at least now: the reason and message of its waiting state. */
final class StartFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    StartFailure(String reason, String message) {
        this(reason, message, null);
    }

    StartFailure(String reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}

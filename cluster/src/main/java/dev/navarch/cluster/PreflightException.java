package dev.navarch.cluster;

/** The machine lacks what was asked for; the message says what, and what would help. */
public final class PreflightException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public PreflightException(String message) {
        super(message);
    }
}

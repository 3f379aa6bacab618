package dev.navarch.embedded;

/** An embedded cluster could not do what it was asked for; the message says why. */
public final class EmbeddedClusterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EmbeddedClusterException(String message) {
        super(message);
    }

    EmbeddedClusterException(String message, Throwable cause) {
        super(message, cause);
    }
}

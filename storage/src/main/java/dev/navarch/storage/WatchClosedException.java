package dev.navarch.storage;

/** The watch or its store was closed. */
public final class WatchClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WatchClosedException(String message) {
        super(message);
    }

    public WatchClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}

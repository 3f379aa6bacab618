package dev.navarch.runtime.cri;

/** The container engine cannot be used on this machine as it is; the message says what to change. */
public final class RuntimeUnavailableException extends RuntimeException {
    public RuntimeUnavailableException(String message) {
        super(message);
    }

    public RuntimeUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

package dev.navarch.runtime.cri;

import java.io.IOException;

/** A file is no image archive, or one that must not be unpacked; the message says why. */
public final class BadImageException extends IOException {
    public BadImageException(String message) {
        super(message);
    }

    public BadImageException(String message, Throwable cause) {
        super(message, cause);
    }
}

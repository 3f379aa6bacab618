package dev.navarch.api;

/**
 * A body that cannot be read as an object: bad syntax, a wrong type, or beyond a limit. The message is what upstream
 * answers with under 400 BadRequest.
 */
public final class BadBodyException extends RuntimeException {

    public BadBodyException(String message) {
        super(message);
    }
}

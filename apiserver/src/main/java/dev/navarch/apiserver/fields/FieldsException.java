package dev.navarch.apiserver.fields;

/** Managed fields that cannot be read, or an object whose fields cannot be told apart. Has no stack trace. */
public final class FieldsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FieldsException(String message) {
        super(message, null, false, false);
    }
}

package dev.navarch.api.values;

/** A text or an object that is no selector; the message is upstream's. */
public final class SelectorException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    SelectorException(String message) {
        super(message);
    }
}

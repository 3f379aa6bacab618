package dev.navarch.api.values;

/** A text that is no {@link Quantity}; the message is upstream's. */
public final class QuantityException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    QuantityException(String message) {
        super(message);
    }
}

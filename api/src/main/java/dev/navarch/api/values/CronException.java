package dev.navarch.api.values;

/** A text that is no schedule; the message is that of the library that upstream reads schedules with. */
public final class CronException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    CronException(String message) {
        super(message);
    }
}

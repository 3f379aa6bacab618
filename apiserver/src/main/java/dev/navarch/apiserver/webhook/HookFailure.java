package dev.navarch.apiserver.webhook;

/** A webhook that could not be asked, or whose answer makes no sense; the message is upstream's. */
public final class HookFailure extends Exception {
    private static final long serialVersionUID = 1;
    private static final int UNAVAILABLE = 503;
    private static final int BAD_REQUEST = 400;

    private final int code;

    public HookFailure(String message) {
        this(message, UNAVAILABLE);
    }

    /** @param code that is counted */
    HookFailure(String message, int code) {
        super(message, null, false, false);
        this.code = code;
    }

    /** One for which nobody was asked: what to ask, or whom, could not be told. */
    public static HookFailure before(String message) {
        return new HookFailure(message, BAD_REQUEST);
    }

    /** The webhook's own, if it answered with one. */
    public int code() {
        return code;
    }
}

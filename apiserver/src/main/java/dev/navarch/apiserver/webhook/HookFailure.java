package dev.navarch.apiserver.webhook;

/** A webhook that could not be asked, or whose answer makes no sense; the message is upstream's. */
public final class HookFailure extends Exception {
    private static final long serialVersionUID = 1;

    public HookFailure(String message) {
        super(message, null, false, false);
    }
}

package dev.navarch.scheduler;

/** An extender can't be reached, answers nonsense, or says that it failed. */
final class ExtenderFailure extends Exception {
    private static final long serialVersionUID = 1;

    ExtenderFailure(String message) {
        super(message);
    }
}

package dev.navarch.cel;

/** An expression that does not compile, or whose evaluation failed or took too much; the message is upstream's. */
public final class CelFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean overBudget;

    CelFailure(String message, boolean overBudget) {
        super(message, null, false, false);
        this.overBudget = overBudget;
    }

    CelFailure(String message) {
        this(message, false);
    }

    /** Whether the evaluation was ended because of its cost. */
    public boolean overBudget() {
        return overBudget;
    }
}

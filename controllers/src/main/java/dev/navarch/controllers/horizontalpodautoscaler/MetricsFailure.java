package dev.navarch.controllers.horizontalpodautoscaler;

/** A metric cannot be had, or nothing can be concluded from it; the message says why. */
final class MetricsFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** Whether the autoscaler itself is what is wrong. */
    private final boolean ofSpec;

    MetricsFailure(String message) {
        this(message, false);
    }

    MetricsFailure(String message, boolean ofSpec) {
        super(message);
        this.ofSpec = ofSpec;
    }

    boolean ofSpec() {
        return ofSpec;
    }

    /** The same failure, told from further away. */
    MetricsFailure in(String prefix) {
        return new MetricsFailure(prefix + getMessage(), ofSpec);
    }
}

package dev.navarch.controllers.horizontalpodautoscaler;

import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;

/** What can be scaled: anything with a {@code scale}, custom resources too. */
interface ScaleTargets {

    /** @param selector of the pods, as text; empty if the target has none */
    record Scale(int wanted, int there, String selector) {}

    /**
     * How large the target is and shall be.
     *
     * @throws ScaleFailure if that can't be told
     */
    Scale get(String namespace, CrossVersionObjectReference target) throws ScaleFailure;

    /**
     * Makes it as large as this.
     *
     * @throws ScaleFailure if that is refused
     */
    void set(String namespace, CrossVersionObjectReference target, int replicas) throws ScaleFailure;

    /** The message is the API's. */
    final class ScaleFailure extends Exception {
        private static final long serialVersionUID = 1L;
        private final String step;

        /** @param step what could not be done */
        ScaleFailure(String step, String message) {
            super(message);
            this.step = step;
        }

        String step() {
            return step;
        }
    }
}

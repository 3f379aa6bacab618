package dev.navarch.apiserver.admission;

import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** One reason to change or refuse writes. Safe for use by many threads. */
public interface AdmissionPlugin {

    /** Upstream's name of it, as in --enable-admission-plugins. */
    String name();

    /**
     * Changes {@link AdmissionRequest#object} in place; runs before defaults that depend on it and before validation.
     *
     * @throws dev.navarch.apiserver.request.ApiFailure to refuse
     */
    default void admit(AdmissionRequest request) throws InterruptedException {}

    /**
     * Looks at the final object; runs after all changes and the kind's own validation.
     *
     * @throws dev.navarch.apiserver.request.ApiFailure to refuse
     */
    default void validate(AdmissionRequest request) throws InterruptedException {}

    /** Shows what it counts. */
    default void register(PrometheusRegistry registry) {}
}

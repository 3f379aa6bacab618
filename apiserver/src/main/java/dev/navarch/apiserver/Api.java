package dev.navarch.apiserver;

import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What serves resources and the documents about them. */
public interface Api extends RequestHandler, AutoCloseable {
    /** Makes sure of what every cluster has; called before the first request. */
    void start() throws InterruptedException;

    /** Makes known what it counts. */
    default void register(PrometheusRegistry registry) {}

    /** Publishes where the server is found. */
    void advertise(String address, int port);

    @Override
    void close();
}

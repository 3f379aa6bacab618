package dev.navarch.apiserver.discovery;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.RequestHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What serves resources and the documents about them. */
public interface Api extends RequestHandler, AutoCloseable {
    /** Makes sure of what every cluster has; called before the first request. */
    void start() throws InterruptedException;

    /**
     * Stores an object as another server had it, past admission and validation, in the place of what has its name.
     *
     * @return false if its kind is not served
     * @throws ApiFailure if it can't be read
     */
    default boolean load(ObjectNode object) {
        return false;
    }

    /**
     * Creates those of the server's own objects that are missing, past admission and validation: they are known to be valid.
     * Those that are there are left as they are.
     *
     * @param manager in whose name, for their managed fields
     */
    default void provide(String manager, List<ObjectNode> objects) throws InterruptedException {}

    /** Whether it answers requests for such a resource, or, where that isn't empty, such a subresource of it. */
    default boolean knows(String group, String version, String resource, String subresource) {
        return true;
    }

    /** Makes known what it counts. */
    default void register(PrometheusRegistry registry) {}

    /** What tells of the resources; empty where nobody else's are to be told of. */
    default Optional<DiscoveryHandler> discovery() {
        return Optional.empty();
    }

    /**
     * Asks whether a client may be joined to a pod, a service or a node, beyond what it is authorized for.
     *
     * @throws ApiFailure if not
     */
    default void admitConnection(ApiRequest request) throws InterruptedException {}

    /**
     * Publishes where the server is found.
     *
     * @param machine its host name
     */
    void advertise(String machine, String address, int port);

    /** The server is about to stop, and shall be found no more. */
    default void withdraw() {}

    @Override
    void close();
}

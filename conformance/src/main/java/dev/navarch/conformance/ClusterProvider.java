package dev.navarch.conformance;

import java.nio.file.Path;

/**
 * Starts the cluster that is tried where no kubeconfig is named; found by {@link java.util.ServiceLoader}. It is closed
 * after the last behaviour.
 */
public interface ClusterProvider extends AutoCloseable {
    /** Starts a cluster and returns a kubeconfig of its administrator. */
    Path start() throws Exception;

    @Override
    void close() throws Exception;
}

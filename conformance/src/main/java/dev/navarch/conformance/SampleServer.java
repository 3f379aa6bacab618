package dev.navarch.conformance;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * An API server of {@code wardle.example.com/v1alpha1} with its kind Flunder, which the tested cluster passes requests on
 * to; found by {@link java.util.ServiceLoader}.
 */
public interface SampleServer extends AutoCloseable {
    /**
     * Starts it on an address that the cluster reaches.
     *
     * @param kubeconfig of the account in whose name it asks the cluster
     * @param host the name that its certificate must have
     */
    void start(Path kubeconfig, String host) throws Exception;

    /** Where it listens. */
    InetSocketAddress address();

    /** Who vouches for its certificate, as PEM. */
    String authority();

    @Override
    void close() throws Exception;
}

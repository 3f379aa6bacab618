package dev.navarch.embedded;

import dev.navarch.client.Informers;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Makes this machine the node of an embedded cluster, with containers that are real. It is found as a service: the artifact
 * {@code navarch-cluster} on the class path brings it.
 */
public interface RealContainers {

    /** Why this machine can't run containers, a sentence each; empty if it can. */
    List<String> problems();

    /** Ranges that no other cluster of this machine has. */
    Ranges ranges();

    /**
     * Starts what runs containers. Closing it leaves nothing of it on the machine.
     *
     * @param name the node's
     * @param directory where it keeps everything; the caller's to delete afterwards
     */
    Node start(String name, Path directory, Ranges ranges) throws IOException, InterruptedException;

    /**
     * Addresses of pods and of services.
     *
     * @param gateway the machine's own address among those of the pods
     * @param firstService the one that the service {@code kubernetes} has
     */
    record Ranges(String pods, String gateway, String services, String firstService) {}

    /** The machine as a node. */
    interface Node extends AutoCloseable {
        ContainerRuntime runtime();

        /** The settings of an agent, as this machine needs them. */
        KubeletConfig configured(KubeletConfig usual);

        /** Where local volumes are. */
        Path volumes();

        /**
         * Starts these informers, and leads services' addresses to their pods as the informers tell; returns when those that
         * are there have been led.
         */
        void route(Informers ofCluster, Informers ofNode, TimeSource time)
                throws InterruptedException, TimeoutException;

        /** Takes over the images of an archive as {@code docker save} writes it, or of an OCI archive. */
        void load(Path archive) throws IOException, InterruptedException;

        @Override
        void close() throws IOException, InterruptedException;
    }
}

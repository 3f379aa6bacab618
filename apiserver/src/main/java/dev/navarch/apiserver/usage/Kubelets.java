package dev.navarch.apiserver.usage;

import java.io.IOException;

/** The nodes' own APIs. */
@FunctionalInterface
public interface Kubelets {

    /**
     * What the kubelet of a node answers.
     *
     * @throws IOException if it doesn't, or there is no such node
     */
    byte[] read(String node, String pathAndQuery) throws IOException, InterruptedException;
}

package dev.navarch.embedded;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;

/** What may happen to a pod; all but an eviction to simulated ones only. */
public final class PodControl {
    private static final int KILLED = 137;

    private final Pod pod;
    private final Supplier<SimulatedNode> node;
    private final ApiClient client;

    PodControl(Pod pod, Supplier<SimulatedNode> node, ApiClient client) {
        this.pod = pod;
        this.node = node;
        this.client = client;
    }

    /**
     * Its first container ends.
     *
     * @throws EmbeddedClusterException if it doesn't run
     */
    public void fail(int exitCode) {
        fail(first(), exitCode);
    }

    /** A container ends. */
    public void fail(String container, int exitCode) {
        node.get().runtime().crash(running(container), exitCode);
    }

    /** Its first container has taken too much memory and is killed. */
    public void outOfMemory() {
        outOfMemory(first());
    }

    /** A container has taken too much memory and is killed. */
    public void outOfMemory(String container) {
        node.get().runtime().crash(running(container), KILLED, "OOMKilled");
    }

    /** Its containers are not ready any more. */
    public void unready() {
        each().forEach(id -> node.get().runtime().setReady(id, false));
    }

    /** They are again. */
    public void ready() {
        each().forEach(id -> node.get().runtime().setReady(id, true));
    }

    /** Its first container hangs: liveness probes fail from now on. */
    public void hang() {
        node.get().runtime().setLive(running(first()), false);
    }

    /**
     * Evicts it, as draining its node does.
     *
     * @throws EmbeddedClusterException if a disruption budget doesn't allow it
     */
    public void evict() {
        var namespace = pod.getMetadata().getNamespace();
        var name = pod.getMetadata().getName();
        var eviction = JsonNodeFactory.instance
                .objectNode()
                .put("apiVersion", "policy/v1")
                .put("kind", "Eviction");
        eviction.putObject("metadata").put("namespace", namespace).put("name", name);
        try {
            client.raw("POST", "/api/v1/namespaces/" + namespace + "/pods/" + name + "/eviction", eviction);
        } catch (ApiFailure e) {
            throw new EmbeddedClusterException("pod " + name + " is not evicted: " + e.getMessage(), e);
        }
    }

    private String first() {
        return pod.getSpec().getContainers().getFirst().getName();
    }

    private Iterable<String> each() {
        return node.get().running(pod.getMetadata().getUid()).values();
    }

    private String running(String container) {
        var id = node.get().running(pod.getMetadata().getUid()).get(container);
        if (id == null) {
            throw new EmbeddedClusterException(
                    "container " + container + " of pod " + pod.getMetadata().getName() + " does not run");
        }
        return id;
    }
}

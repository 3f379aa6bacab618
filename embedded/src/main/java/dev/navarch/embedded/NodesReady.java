package dev.navarch.embedded;

import dev.navarch.client.Handler;
import io.fabric8.kubernetes.api.model.Node;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** Waits for nodes to be ready, told by their informer. */
public final class NodesReady implements Handler<Node> {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private final Set<String> ready = new HashSet<>();

    synchronized boolean has(String name) {
        return ready.contains(name);
    }

    public synchronized void await(String name) throws InterruptedException, TimeoutException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!ready.contains(name)) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new TimeoutException("node " + name + " was not ready within " + LIMIT.toSeconds() + " s");
            }
            wait(left);
        }
    }

    @Override
    public void added(Node node) {
        look(node);
    }

    @Override
    public void updated(Node before, Node now) {
        look(now);
    }

    @Override
    public synchronized void deleted(Node last) {
        ready.remove(last.getMetadata().getName());
    }

    private synchronized void look(Node node) {
        boolean is = node.getStatus() != null
                && node.getStatus().getConditions().stream()
                        .anyMatch(condition ->
                                condition.getType().equals("Ready") && "True".equals(condition.getStatus()));
        if (is
                ? ready.add(node.getMetadata().getName())
                : ready.remove(node.getMetadata().getName())) {
            notifyAll();
        }
    }
}

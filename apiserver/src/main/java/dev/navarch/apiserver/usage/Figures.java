package dev.navarch.apiserver.usage;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The nodes' figures, each asked for at most once in ten seconds, and only when somebody wants to know. */
final class Figures {
    private static final Logger log = LoggerFactory.getLogger(Figures.class);
    private static final Duration FRESH = Duration.ofSeconds(10);
    private static final int AT_ONCE = 32;

    private final Kubelets kubelets;
    private final TimeSource time;
    private final Map<String, Node> nodes = new ConcurrentHashMap<>();
    private final Semaphore places = new Semaphore(AT_ONCE);

    /** Guarded by itself. */
    private static final class Node {
        private Optional<NodeFigures> last = Optional.empty();
        private Optional<Instant> asked = Optional.empty();
    }

    Figures(Kubelets kubelets, TimeSource time) {
        this.kubelets = kubelets;
        this.time = time;
    }

    /** Those of the nodes that answer. */
    Map<String, NodeFigures> of(Collection<String> names) throws InterruptedException {
        var each = Set.copyOf(names);
        if (each.size() == 1) {
            var only = each.iterator().next();
            return of(only).map(figures -> Map.of(only, figures)).orElse(Map.of());
        }
        Map<String, Future<Optional<NodeFigures>>> asked = new HashMap<>();
        Map<String, NodeFigures> found = new HashMap<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var name : each) {
                asked.put(name, threads.submit(() -> of(name)));
            }
            for (var entry : asked.entrySet()) {
                entry.getValue().get().ifPresent(figures -> found.put(entry.getKey(), figures));
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        return found;
    }

    private Optional<NodeFigures> of(String name) throws InterruptedException {
        var node = nodes.computeIfAbsent(name, _ -> new Node());
        synchronized (node) {
            var now = time.now();
            if (node.asked.filter(at -> at.plus(FRESH).isAfter(now)).isPresent()) {
                return node.last;
            }
            places.acquire();
            try {
                var summary = JsonMapper.shared().readTree(kubelets.read(name, "/stats/summary?node=" + name));
                node.last = Optional.of(NodeFigures.of(summary, node.last, now));
            } catch (IOException | JacksonException e) {
                log.debug("Node {} tells no figures: {}", name, e.getMessage());
                node.last = Optional.empty();
            } finally {
                places.release();
            }
            node.asked = Optional.of(now);
            return node.last;
        }
    }

    /** Nodes that are gone are forgotten. */
    void retain(Collection<String> names) {
        nodes.keySet().retainAll(names);
    }
}

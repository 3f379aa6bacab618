package dev.navarch.apiserver.authz;

import dev.navarch.storage.CompactedException;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.StoreEvent;
import dev.navarch.storage.Watch;
import dev.navarch.storage.WatchClosedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Roles and bindings, ready to be asked. Kept in step by a watch on the store; readers see each object's change whole,
 * a moment after it was written.
 */
final class RbacIndex implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RbacIndex.class);
    private static final String PREFIX = "/registry/rbac.authorization.k8s.io/";
    private static final String AGGREGATION_LABEL = "rbac.authorization.k8s.io/aggregate-to-";

    private final Store store;
    private final JsonMapper json = new JsonMapper();

    /** By key in the store. */
    private final Map<String, ClusterRole> roles = new ConcurrentHashMap<>();

    private final Map<String, Binding> bindings = new ConcurrentHashMap<>();

    /** By namespace (empty: cluster) and a space and the subject's key. The lists are never changed in place. */
    private final Map<String, List<Binding>> bySubject = new ConcurrentHashMap<>();

    /** Told when {@link #progress} has moved. */
    private final Object moved = new Object();

    private volatile Watch watch;
    private volatile long progress;
    private volatile boolean closed;
    private final Thread follower;

    /** A Role or ClusterRole; {@code selectors} are the labels whose bearers' rules it aggregates. */
    private record ClusterRole(List<Rule> rules, Map<String, String> labels, List<Map<String, String>> selectors) {}

    RbacIndex(Store store) {
        this.store = store;
        this.watch = load();
        follower = Thread.ofVirtual().name("rbac-index").start(this::follow);
    }

    private Watch load() {
        var page = store.range(Range.all(PREFIX));
        Set<String> present = new HashSet<>();
        for (var entry : page.entries()) {
            present.add(entry.key());
            put(entry);
        }
        List<String> gone = new ArrayList<>(roles.keySet());
        gone.addAll(bindings.keySet());
        gone.removeAll(present);
        gone.forEach(this::remove);
        advance(page.revision());
        return store.watch(PREFIX, page.revision());
    }

    private void follow() {
        while (!closed) {
            try {
                for (var event : watch.next(Duration.ofSeconds(10))) {
                    switch (event) {
                        case StoreEvent.Put put -> put(put.now());
                        case StoreEvent.Delete delete -> remove(delete.last().key());
                    }
                }
                advance(Math.max(progress, watch.progress()));
            } catch (CompactedException _) {
                watch.close();
                watch = load();
            } catch (WatchClosedException _) {
                return;
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                log.error("The RBAC index could not follow the store; it goes on", e);
            }
        }
    }

    private void put(Entry entry) {
        JsonNode tree;
        try {
            tree = json.readTree(entry.value());
        } catch (JacksonException e) {
            log.error("A stored RBAC object cannot be read: {}", entry.key(), e);
            return;
        }
        var kind = entry.key().substring(PREFIX.length(), entry.key().indexOf('/', PREFIX.length()));
        switch (kind) {
            case "roles", "clusterroles" -> roles.put(entry.key(), role(tree));
            case "rolebindings", "clusterrolebindings" -> {
                var now = Binding.of(tree);
                unlink(bindings.put(entry.key(), now), now);
                link(now);
            }
            default -> {}
        }
    }

    private static ClusterRole role(JsonNode tree) {
        List<Rule> rules = new ArrayList<>();
        for (var rule : tree.path("rules")) {
            rules.add(Rule.of(rule));
        }
        List<Map<String, String>> selectors = new ArrayList<>();
        for (var selector : tree.path("aggregationRule").path("clusterRoleSelectors")) {
            selectors.add(strings(selector.path("matchLabels")));
        }
        return new ClusterRole(
                List.copyOf(rules), strings(tree.path("metadata").path("labels")), List.copyOf(selectors));
    }

    private static Map<String, String> strings(JsonNode object) {
        Map<String, String> map = new HashMap<>();
        object.propertyStream().forEach(p -> map.put(p.getKey(), p.getValue().asString("")));
        return Map.copyOf(map);
    }

    private void remove(String key) {
        roles.remove(key);
        unlink(bindings.remove(key), null);
    }

    private static String linkKey(Binding binding, Binding.Subject subject) {
        return binding.namespace() + " " + subject.key();
    }

    private void link(Binding binding) {
        for (var subject : binding.subjects()) {
            bySubject.compute(linkKey(binding, subject), (_, old) -> {
                List<Binding> list = new ArrayList<>(old == null ? List.of() : old);
                list.removeIf(b -> b.name().equals(binding.name()));
                list.add(binding);
                return List.copyOf(list);
            });
        }
    }

    private void unlink(@Nullable Binding old, @Nullable Binding successor) {
        if (old == null) {
            return;
        }
        for (var subject : old.subjects()) {
            if (successor != null && successor.subjects().contains(subject)) {
                continue; // replaced in one step, so that nobody finds it missing meanwhile
            }
            bySubject.computeIfPresent(linkKey(old, subject), (_, list) -> {
                var rest =
                        list.stream().filter(b -> !b.name().equals(old.name())).toList();
                return rest.isEmpty() ? null : rest;
            });
        }
    }

    /** Bindings in {@code namespace} (empty: of the whole cluster) that name the subject. */
    List<Binding> bindings(String namespace, String subjectKey) {
        return bySubject.getOrDefault(namespace + " " + subjectKey, List.of());
    }

    /** The rules of a binding's role; null if there is no such role. */
    @Nullable
    List<Rule> rules(Binding binding) {
        var role = roles.get(
                binding.clusterRole()
                        ? PREFIX + "clusterroles/" + binding.role()
                        : PREFIX + "roles/" + binding.namespace() + "/" + binding.role());
        if (role == null) {
            return null;
        }
        return role.selectors.isEmpty() ? role.rules : aggregate(role, new HashSet<>(Set.of(binding.role())));
    }

    /** What the selectors find now, so that a role is right even before a controller has written the rules into it. */
    private List<Rule> aggregate(ClusterRole role, Set<String> seen) {
        Set<Rule> all = new java.util.LinkedHashSet<>(role.rules);
        for (var candidate : roles.entrySet()) {
            var labels = candidate.getValue().labels;
            if (labels.keySet().stream().noneMatch(label -> label.startsWith(AGGREGATION_LABEL))) {
                continue;
            }
            for (var selector : role.selectors) {
                if (!selector.isEmpty()
                        && labels.entrySet().containsAll(selector.entrySet())
                        && seen.add(candidate.getKey())) {
                    all.addAll(aggregate(candidate.getValue(), seen));
                }
            }
        }
        return List.copyOf(all);
    }

    /** Waits until changes up to {@code revision} are in the index. */
    void await(long revision) throws InterruptedException {
        synchronized (moved) {
            while (progress < revision && !closed) {
                moved.wait();
            }
        }
    }

    private void advance(long to) {
        synchronized (moved) {
            progress = to;
            moved.notifyAll();
        }
    }

    @Override
    public void close() {
        closed = true;
        advance(progress);
        watch.close();
        follower.interrupt();
    }
}

package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import dev.navarch.time.TimeSource.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sees to it that the {@link DefaultFlows} are there: at start and every minute. Those that the cluster can't do without are
 * put right, the others only as long as nobody has changed them, which annotation {@value DefaultFlows#AUTO_UPDATE} says or,
 * where it doesn't, their generation. Objects that a server of another version left are removed if they have the
 * annotation. Source: kubernetes pkg/registry/flowcontrol/ensurer and pkg/registry/flowcontrol/rest/storage_flowcontrol.go.
 */
public final class FlowObjects implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FlowObjects.class);
    private static final String MANAGER = "api-priority-and-fairness-config-producer-v1";
    private static final Duration PERIOD = Duration.ofMinutes(1);
    static final String SCHEMAS = "flowschemas";
    static final String LEVELS = "prioritylevelconfigurations";

    private final Store store;
    private final OwnRequests requests;
    private final TimeSource time;
    private final JsonMapper json = JsonMapper.shared();
    /** What was stored when it was last found to be right. */
    private @Nullable List<Long> right;

    private @Nullable Timer next;
    private boolean closed;

    public FlowObjects(Store store, OwnRequests requests, TimeSource time) {
        this.store = store;
        this.requests = requests.as(MANAGER);
        this.time = time;
    }

    /** Puts them right now, and again every minute. */
    public void start() throws InterruptedException {
        ensure();
        later();
    }

    private synchronized void later() {
        if (!closed) {
            next = time.schedule(PERIOD, this::again);
        }
    }

    private void again() {
        try {
            ensure();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        } catch (RuntimeException e) {
            log.warn("The default flow schemas and priority levels could not be put right; trying again later", e);
        }
        later();
    }

    /** All at once, so that they share the store's commits. */
    void ensure() throws InterruptedException {
        var stored = store.range(Range.all(prefix())).entries().stream()
                .map(Entry::revision)
                .toList();
        if (stored.equals(right)) {
            return;
        }
        List<Callable<Void>> writes = new ArrayList<>();
        ensure(SCHEMAS, DefaultFlows.mandatorySchemas(), DefaultFlows.suggestedSchemas(), writes);
        ensure(LEVELS, DefaultFlows.mandatoryLevels(), DefaultFlows.suggestedLevels(), writes);
        if (writes.isEmpty()) {
            right = stored;
            return;
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var written : threads.invokeAll(writes)) {
                written.get();
            }
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof ApiFailure failure)) {
                throw new IllegalStateException(
                        "The default flow schemas and priority levels could not be written", e.getCause());
            }
            throw failure;
        }
    }

    private void ensure(
            String resource, List<ObjectNode> mandatory, List<ObjectNode> suggested, List<Callable<Void>> writes) {
        var present = all(resource);
        Map<String, ObjectNode> rest = new HashMap<>();
        present.forEach(object -> rest.put(Meta.name(object), object));
        for (var wanted : mandatory) {
            put(resource, wanted, rest.remove(Meta.name(wanted)), true, writes);
        }
        for (var wanted : suggested) {
            put(resource, wanted, rest.remove(Meta.name(wanted)), false, writes);
        }
        rest.forEach((name, object) -> {
            if (annotated(object).orElse(false)) {
                writes.add(() -> {
                    requests.delete(path(resource) + "/" + name);
                    return null;
                });
            }
        });
    }

    private void put(
            String resource,
            ObjectNode wanted,
            @Nullable ObjectNode present,
            boolean mandatory,
            List<Callable<Void>> writes) {
        if (present == null) {
            writes.add(() -> {
                requests.create(path(resource), wanted);
                return null;
            });
            return;
        }
        var annotated = annotated(present);
        boolean updates = mandatory || annotated.orElse(Meta.generation(present) == 1);
        boolean differs = updates && !present.path("spec").equals(wanted.path("spec"));
        if (!differs && annotated.equals(Optional.of(updates))) {
            return;
        }
        var now = present.deepCopy();
        var metadata = Tree.childObject(now, "metadata");
        Tree.childObject(metadata, "annotations").put(DefaultFlows.AUTO_UPDATE, Boolean.toString(updates));
        if (differs) {
            now.set("spec", wanted.path("spec").deepCopy());
        }
        writes.add(() -> {
            requests.update(path(resource) + "/" + Meta.name(now), now);
            return null;
        });
    }

    /** What the annotation says, if it says anything. */
    private static Optional<Boolean> annotated(ObjectNode object) {
        return switch (Tree.text(object, "metadata", "annotations", DefaultFlows.AUTO_UPDATE)) {
            case "1", "t", "T", "true", "TRUE", "True" -> Optional.of(true);
            case "0", "f", "F", "false", "FALSE", "False" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    /** Everything of a resource as it is stored. */
    List<ObjectNode> all(String resource) {
        return store.range(Range.all(prefix() + resource + "/")).entries().stream()
                .map(entry -> (ObjectNode) json.readTree(entry.value()))
                .toList();
    }

    static String prefix() {
        return "/registry/" + DefaultFlows.GROUP + "/";
    }

    static String path(String resource) {
        return "/apis/" + DefaultFlows.GROUP + "/v1/" + resource;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel();
        }
    }
}

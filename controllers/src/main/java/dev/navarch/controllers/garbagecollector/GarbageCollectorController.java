package dev.navarch.controllers.garbagecollector;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.ListQuery;
import dev.navarch.client.ResourceKind;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Discovery;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import io.prometheus.metrics.core.metrics.Counter;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the metadata of every resource that can be deleted, and follows discovery as resources come and go. source:
 * kubernetes pkg/controller/garbagecollector/garbagecollector.go.
 */
public final class GarbageCollectorController implements Controller {
    private static final Logger log = LoggerFactory.getLogger(GarbageCollectorController.class);
    private static final String DISCOVER = "discover";
    private static final Duration DISCOVERY_PERIOD = Duration.ofSeconds(30);
    /** Resources whose objects make other resources come and go; upstream waits for the next period with these too. */
    private static final Set<String> DEFINING =
            Set.of("customresourcedefinitions.apiextensions.k8s.io", "apiservices.apiregistration.k8s.io");

    private static final Duration AFTER_DEFINITION = Duration.ofSeconds(1);
    /** One kind that cannot be listed must not keep the others from being collected. */
    private static final Duration SYNC_LIMIT = Duration.ofSeconds(30);

    private static final Set<String> NEVER_OWNED = Set.of("events");
    /** Where a server that serves it shows objects of {@code apps} once more. */
    private static final String FORMER_GROUP = "extensions";

    private final ControllerContext context;
    private final Informers informers;
    private final AbsentOwners absent = new AbsentOwners();
    private final Graph graph = new Graph(absent);
    private final Kinds kinds = new Kinds();
    private final GarbageReconciler reconciler;
    private final WorkQueue<String> discoveries;
    private final WorkQueue<String> deletions;
    private final WorkQueue<String> orphanings;
    private final Counter errors;
    private final ControllerLoop<String> discovery;
    private final ControllerLoop<String> deleting;
    private final ControllerLoop<String> orphaning;
    /** Both are used by the discovery's one worker. */
    private Discovery served;

    private final Map<ResourceKind<PartialObjectMetadata>, Informer<PartialObjectMetadata>> watched = new HashMap<>();

    private GarbageCollectorController(ControllerContext context) {
        this.context = context;
        served = new Discovery(context.client());
        informers = new Informers(context.client(), context.time(), context.random()).resyncing();
        discoveries = context.queue("garbage_collector_resource_changes");
        errors = context.metrics()
                .counter(
                        "garbagecollector_controller_resources_sync_error_total",
                        "Rounds of discovery in which some kinds could not be read.");
        deletions = context.queue("garbage_collector_attempt_to_delete");
        orphanings = context.queue("garbage_collector_attempt_to_orphan");
        reconciler =
                new GarbageReconciler(context.client(), context.events(), graph, absent, kinds, deletions, orphanings);
        discovery = new ControllerLoop<>("gc-discovery", discoveries, 1, this::discover);
        deleting = new ControllerLoop<>("gc-delete", deletions, 20, reconciler);
        orphaning = new ControllerLoop<>("gc-orphan", orphanings, 5, reconciler::orphan);
    }

    public static Controller create(ControllerContext context) {
        return new GarbageCollectorController(context);
    }

    @Override
    public void start() {
        informers.start();
        discoveries.add(DISCOVER);
        discovery.start();
    }

    private void discover(String key) {
        try {
            var changed = served.changed();
            if (changed.isEmpty()) {
                return;
            }
            var answer = changed.get();
            kinds.set(answer.resources());
            Set<ResourceKind<PartialObjectMetadata>> present = new HashSet<>();
            for (var found : answer.resources()) {
                if (found.verbs().containsAll(Set.of("delete", "list", "watch"))
                        && !NEVER_OWNED.contains(found.plural())
                        && !found.group().equals(FORMER_GROUP)) {
                    present.add(Kinds.metadata(found));
                }
            }
            if (answer.failures().isEmpty()) {
                watched.keySet().removeIf(kind -> {
                    boolean gone = !present.contains(kind);
                    if (gone) {
                        forget(kind);
                    }
                    return gone;
                });
            }
            present.forEach(kind -> watched.computeIfAbsent(kind, this::watch));
            informers.whenSynced(SYNC_LIMIT, this::collect);
        } catch (RuntimeException e) {
            served = new Discovery(context.client()); // what was read was not heeded
            throw e;
        } finally {
            discoveries.addAfter(key, DISCOVERY_PERIOD);
        }
    }

    private void collect(List<String> unread) {
        if (!unread.isEmpty()) {
            errors.inc();
            log.warn("Garbage is collected although some kinds cannot be read yet: {}", unread);
        }
        deleting.start();
        orphaning.start();
    }

    private Informer<PartialObjectMetadata> watch(ResourceKind<PartialObjectMetadata> kind) {
        var informer = informers.of(kind, ListQuery.all());
        informer.addHandler(new Handler<>() {
            @Override
            public void added(PartialObjectMetadata object) {
                reconciler.wake(graph.observe(object));
                defined(kind);
            }

            @Override
            public void updated(PartialObjectMetadata before, PartialObjectMetadata now) {
                reconciler.wake(graph.observe(now));
                defined(kind);
            }

            @Override
            public void deleted(PartialObjectMetadata last) {
                reconciler.wake(graph.remove(last.getMetadata().getUid()));
                defined(kind);
            }
        });
        return informer;
    }

    /** What a definition brings or takes is watched soon, rather than with the next period. */
    private void defined(ResourceKind<PartialObjectMetadata> kind) {
        if (DEFINING.contains(kind.plural() + "." + kind.group())) {
            discoveries.addAfter(DISCOVER, AFTER_DEFINITION);
        }
    }

    /** The resource is served no more, and its objects with it. */
    private void forget(ResourceKind<PartialObjectMetadata> kind) {
        informers.stop(kind, ListQuery.all());
        var informer = watched.get(kind);
        if (informer != null) {
            informer.list()
                    .forEach(o -> reconciler.wake(graph.remove(o.getMetadata().getUid())));
        }
    }

    @Override
    public void close() {
        discovery.close();
        deleting.close();
        orphaning.close();
        informers.close();
    }
}

package dev.navarch.controllers.statefulset;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Adoption;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.history.History;
import dev.navarch.controllers.history.Revision;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Takes one StatefulSet a step further. source: kubernetes pkg/controller/statefulset. */
final class StatefulSetReconciler implements Reconciler<Key> {
    private static final String HASH = "controller.kubernetes.io/hash";

    private final Informer<StatefulSet> sets;
    private final Informer<Pod> pods;
    private final History history;
    private final PodControl control;
    private final Resource<StatefulSet> setResource;
    private final Resource<Pod> podResource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;
    private final StatefulSetMetrics metrics;

    StatefulSetReconciler(
            ControllerContext context, Informer<StatefulSet> sets, Informer<Pod> pods, WorkQueue<Key> queue) {
        this.sets = sets;
        this.pods = pods;
        this.queue = queue;
        history = new History(context, HASH);
        control = new PodControl(context, new Claims(context));
        setResource = context.client().resource(StatefulSet.class);
        podResource = context.client().resource(Pod.class);
        time = context.time();
        metrics = new StatefulSetMetrics(context.metrics());
    }

    @Override
    public void reconcile(Key key) throws InterruptedException {
        var found = sets.get(key);
        if (found.isEmpty()) {
            metrics.forget(key);
            return;
        }
        var set = found.get();
        var selector = Selectors.of(set.getSpec().getSelector());
        var known = history.of(set, selector, () -> setResource.get(key.namespace(), key.name()));
        var owned = new Adoption<>(podResource, set, () -> setResource.get(key.namespace(), key.name()))
                .claim(Pods.controlledOrOrphaned(pods, set), selector, p -> StatefulPods.ordinal(set, p) >= 0).stream()
                        .filter(p -> StatefulPods.ordinal(set, p) >= 0)
                        .toList();
        var before = Optional.ofNullable(set.getStatus());
        int collisions = before.map(StatefulSetStatus::getCollisionCount).orElse(0);
        var update = history.current(set, set.getSpec().getTemplate(), known, collisions);
        var current = before.map(StatefulSetStatus::getCurrentRevision)
                .flatMap(name -> known.stream()
                        .filter(r -> r.getMetadata().getName().equals(name))
                        .findFirst())
                .orElse(update.revision());
        var now = time.now();
        Optional<RuntimeException> failure = Optional.empty();
        if (!Pods.isDeleting(set)) {
            var step = new Step(
                    set,
                    owned,
                    control,
                    Revision.template(current),
                    current.getMetadata().getName(),
                    update.name(),
                    now);
            try {
                step.take();
            } catch (ApiFailure | IllegalStateException e) {
                failure = Optional.of(e);
            }
        }
        metrics.show(set, owned, now);
        report(
                set,
                StatefulSetStatuses.of(
                        set, owned, current.getMetadata().getName(), update.name(), update.collisions(), now));
        truncate(set, known, List.of(current.getMetadata().getName(), update.name()), owned);
        if (failure.isPresent() && !(failure.get() instanceof ApiFailure f && f.namespaceTerminating())) {
            throw failure.get();
        }
        Pods.nextAvailable(owned, StatefulPods.minReady(set), now).ifPresent(d -> queue.addAfter(key, d));
    }

    /** Deletes the oldest revisions beyond the limit that are in no use. */
    private void truncate(StatefulSet set, List<ControllerRevision> known, List<String> used, List<Pod> owned) {
        var limit = set.getSpec().getRevisionHistoryLimit();
        Set<String> live = new HashSet<>(used);
        owned.forEach(p -> live.add(StatefulPods.revision(p)));
        var unused = known.stream()
                .filter(r -> !live.contains(r.getMetadata().getName()))
                .toList();
        history.delete(unused, unused.size() - (limit == null ? 10 : limit));
    }

    private void report(StatefulSet set, StatefulSetStatus status) {
        if (!status.equals(set.getStatus())) {
            setResource.updateStatus(
                    new StatefulSetBuilder(set).withStatus(status).build());
        }
    }
}

package dev.navarch.controllers.replicaset;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Adoption;
import dev.navarch.controllers.Batches;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.PodFactory;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetStatus;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings the pods of one ReplicaSet, or what can be seen as one, to their number.
 *
 * @param <T> what is seen as one
 */
final class ReplicaSetReconciler<T extends HasMetadata> implements Reconciler<Key> {
    private final Replicated<T> kind;
    private final Informer<T> sets;
    private final Informer<Pod> pods;
    private final Resource<T> setResource;
    private final Resource<Pod> podResource;
    private final PodFactory factory;
    private final Expectations expectations;
    private final WorkQueue<Key> queue;
    private final TimeSource time;
    private final Histogram ages;

    ReplicaSetReconciler(
            ControllerContext context,
            Replicated<T> kind,
            Informer<T> sets,
            Informer<Pod> pods,
            Expectations expectations,
            WorkQueue<Key> queue) {
        this.kind = kind;
        this.sets = sets;
        this.pods = pods;
        this.expectations = expectations;
        this.queue = queue;
        setResource = context.client().resource(kind.type());
        podResource = context.client().resource(Pod.class);
        factory = new PodFactory(context.client(), context.events());
        time = context.time();
        ages = context.metrics()
                .histogram(
                        "replicaset_controller_sorting_deletion_age_ratio",
                        "Age of a ready pod that is deleted to that of the youngest ready one.",
                        ControllerMetrics.exponential(0.25, 2, 6));
    }

    @Override
    public void reconcile(Key key) throws InterruptedException {
        var found = sets.get(key);
        if (found.isEmpty()) {
            expectations.forget(key);
            return;
        }
        var set = kind.view().apply(found.get());
        var left = expectations.left(key); // before the cache is read
        boolean current = !left.isPositive();
        var selector = Selectors.of(set.getSpec().getSelector());
        var candidates = Pods.controlledOrOrphaned(pods, set);
        var adoption = new Adoption<>(podResource, set, () -> setResource.get(key.namespace(), key.name()));
        var active = adoption.claim(candidates.stream().filter(Pods::isActive).toList(), selector, _ -> true);
        int terminating = (int) candidates.stream()
                .filter(p -> ControllerRef.isControlledBy(p, set) && Pods.isDeleting(p) && !Pods.isTerminal(p))
                .count();
        Optional<RuntimeException> failure =
                current && !Pods.isDeleting(set) ? manage(key, set, active) : Optional.empty();
        report(
                found.get(),
                ReplicaSetPlan.status(set, active, terminating, failure.map(RuntimeException::getMessage), time.now()));
        if (failure.isPresent()) {
            throw failure.get();
        }
        Pods.nextAvailable(active, ReplicaSetPlan.minReady(set), time.now()).ifPresent(d -> queue.addAfter(key, d));
        if (!current) {
            queue.addAfter(key, left);
        }
    }

    private Optional<RuntimeException> manage(Key key, ReplicaSet set, List<Pod> active) throws InterruptedException {
        int missing = ReplicaSetPlan.missing(set, active.size());
        if (missing > 0) {
            return create(key, set, missing);
        }
        return missing < 0 ? delete(key, set, active, -missing) : Optional.empty();
    }

    private Optional<RuntimeException> create(Key key, ReplicaSet set, int count) throws InterruptedException {
        expectations.expectCreations(key, count);
        var pod = PodFactory.fromTemplate(set.getSpec().getTemplate(), set).build();
        var done = Batches.slowStart(count, () -> factory.create(pod, set));
        for (int i = done.successes(); i < count; i++) {
            expectations.created(key); // it will not be seen
        }
        return done.failure().filter(e -> !(e instanceof ApiFailure f && f.namespaceTerminating()));
    }

    private Optional<RuntimeException> delete(Key key, ReplicaSet set, List<Pod> active, int count)
            throws InterruptedException {
        var surplus = ReplicaSetPlan.surplus(active, related(set), count, time.now());
        ReplicaSetPlan.ageRatios(active, surplus, time.now()).forEach(ages::observe);
        expectations.expectDeletions(
                key, surplus.stream().map(p -> p.getMetadata().getUid()).toList());
        List<Runnable> calls = new ArrayList<>();
        for (var pod : surplus) {
            calls.add(() -> deleteOne(key, set, pod));
        }
        return Batches.all(calls).failure();
    }

    private void deleteOne(Key key, ReplicaSet set, Pod pod) {
        try {
            factory.delete(pod, set);
        } catch (RuntimeException e) {
            expectations.deleted(key, pod.getMetadata().getUid()); // it will not be seen
            if (!(e instanceof ApiFailure f && f.notFound())) {
                throw e;
            }
        }
    }

    /** The pods of all sets with the same controller. */
    private List<Pod> related(ReplicaSet set) {
        var controller = ControllerRef.uid(set);
        if (controller.isEmpty()) {
            return pods.byIndex(Pods.BY_CONTROLLER, set.getMetadata().getUid());
        }
        List<Pod> all = new ArrayList<>();
        for (var sibling : sets.byIndex(Pods.BY_CONTROLLER, controller)) {
            all.addAll(pods.byIndex(Pods.BY_CONTROLLER, sibling.getMetadata().getUid()));
        }
        return all;
    }

    private void report(T object, ReplicaSetStatus status) {
        var reported = kind.reported().apply(object, status);
        if (reported != object) {
            setResource.updateStatus(reported);
        }
    }
}

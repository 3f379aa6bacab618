package dev.navarch.controllers.daemonset;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Adoption;
import dev.navarch.controllers.Batches;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Expectations;
import dev.navarch.controllers.PodFactory;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.history.History;
import dev.navarch.controllers.history.Revision;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;

/** Brings one pod of a DaemonSet to each node that suits. */
final class DaemonSetReconciler implements Reconciler<Key> {
    private static final int BURST = 250;

    private final Informer<DaemonSet> sets;
    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final History history;
    private final Resource<DaemonSet> setResource;
    private final Resource<Pod> podResource;
    private final PodFactory factory;
    private final EventRecorder events;
    private final Expectations expectations;
    private final FailureBackoff backoff;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    DaemonSetReconciler(
            ControllerContext context,
            Informer<DaemonSet> sets,
            Informer<Pod> pods,
            Informer<Node> nodes,
            Expectations expectations,
            WorkQueue<Key> queue) {
        this.sets = sets;
        this.pods = pods;
        this.nodes = nodes;
        this.expectations = expectations;
        this.queue = queue;
        history = new History(context, Revision.POD_LABEL);
        setResource = context.client().resource(DaemonSet.class);
        podResource = context.client().resource(Pod.class);
        factory = new PodFactory(context.client(), context.events());
        events = context.events();
        time = context.time();
        backoff = new FailureBackoff(time);
    }

    @Override
    public void reconcile(Key key) throws InterruptedException {
        var found = sets.get(key);
        if (found.isEmpty()) {
            expectations.forget(key);
            return;
        }
        var set = found.get();
        var selector = Selectors.of(set.getSpec().getSelector());
        if (selector.matchesEverything()) {
            events.warning(
                    set, "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
            return;
        }
        if (Pods.isDeleting(set)) {
            return; // its revisions may be gone already
        }
        var known = history.of(set, selector, () -> setResource.get(key.namespace(), key.name()));
        var current = history.current(set, set.getSpec().getTemplate(), known, collisions(set));
        var hash = Revision.label(current.revision(), Revision.POD_LABEL);
        var left = expectations.left(key); // before the cache is read
        boolean shown = !left.isPositive();
        var owned = new Adoption<>(podResource, set, () -> setResource.get(key.namespace(), key.name()))
                .claim(Pods.controlledOrOrphaned(pods, set), selector, _ -> true);
        var plan = new DaemonPlan(set, hash, nodes.list(), owned, time.now());
        Optional<RuntimeException> failure = Optional.empty();
        if (shown) {
            failure = act(key, set, plan, hash);
            if (failure.isEmpty()) {
                truncate(set, known, current, owned);
            }
        }
        var status = set.getStatus();
        var generation =
                shown ? set.getMetadata().getGeneration() : status == null ? null : status.getObservedGeneration();
        report(set, plan.status(generation, current.collisions()));
        if (failure.isPresent()) {
            throw failure.get();
        }
        Pods.nextAvailable(owned, DaemonPlan.minReady(set), time.now()).ifPresent(d -> queue.addAfter(key, d));
        if (!shown) {
            queue.addAfter(key, left);
        }
    }

    private static int collisions(DaemonSet set) {
        var status = set.getStatus();
        return status == null || status.getCollisionCount() == null ? 0 : status.getCollisionCount();
    }

    private Optional<RuntimeException> act(Key key, DaemonSet set, DaemonPlan plan, String hash)
            throws InterruptedException {
        var failure = carryOut(key, set, plan.manage((pod, node) -> mayReplace(key, set, pod, node)), hash);
        return failure.isEmpty() && DaemonPlan.isRolling(set) && expectations.satisfied(key)
                ? carryOut(key, set, plan.roll(), hash)
                : failure;
    }

    private boolean mayReplace(Key key, DaemonSet set, Pod pod, String node) {
        var where = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName() + " on node " + node;
        if (Pods.phase(pod).equals("Succeeded")) {
            events.normal(set, "SucceededDaemonPod", "Found succeeded daemon pod " + where + ", will try to delete it");
            return true;
        }
        var observed = set.getStatus() == null ? null : set.getStatus().getObservedGeneration();
        var wait = backoff.next(
                new FailureBackoff.Place(set.getMetadata().getUid(), Objects.requireNonNullElse(observed, 0L), node));
        if (!wait.isZero()) {
            queue.addAfter(key, wait);
            return false;
        }
        events.warning(set, "FailedDaemonPod", "Found failed daemon pod " + where + ", will try to kill it");
        return true;
    }

    private Optional<RuntimeException> carryOut(Key key, DaemonSet set, DaemonPlan.Work work, String hash)
            throws InterruptedException {
        var create = work.create().stream().limit(BURST).toList();
        var delete = work.delete().stream().limit(BURST).toList();
        if (create.isEmpty() && delete.isEmpty()) {
            return Optional.empty();
        }
        expectations.expect(
                key,
                create.size(),
                delete.stream().map(p -> p.getMetadata().getUid()).toList());
        var left = new ConcurrentLinkedQueue<>(create);
        var made = Batches.slowStart(create.size(), () -> factory.create(DaemonPods.on(left.remove(), set, hash), set));
        for (int i = made.successes(); i < create.size(); i++) {
            expectations.created(key); // it will not be seen
        }
        List<Runnable> calls = new ArrayList<>();
        delete.forEach(pod -> calls.add(() -> deleteOne(key, set, pod)));
        var deleted = Batches.all(calls);
        return made.failure()
                .filter(e -> !(e instanceof ApiFailure f && f.namespaceTerminating()))
                .or(deleted::failure);
    }

    private void deleteOne(Key key, DaemonSet set, Pod pod) {
        try {
            factory.delete(pod, set);
        } catch (RuntimeException e) {
            expectations.deleted(key, pod.getMetadata().getUid()); // it will not be seen
            if (!(e instanceof ApiFailure f && f.notFound())) {
                throw e;
            }
        }
    }

    /** Deletes the oldest revisions beyond the limit that no pod is of. */
    private void truncate(DaemonSet set, List<ControllerRevision> known, History.Current current, List<Pod> owned) {
        var limit = set.getSpec().getRevisionHistoryLimit();
        var old = known.stream()
                .filter(r -> !r.getMetadata().getName().equals(current.name()))
                .toList();
        int excess = old.size() - (limit == null ? 10 : limit);
        if (excess > 0) {
            var live = owned.stream()
                    .map(p -> Revision.label(p, Revision.POD_LABEL))
                    .collect(Collectors.toSet());
            var unused = old.stream()
                    .filter(r -> !live.contains(Revision.label(r, Revision.POD_LABEL)))
                    .toList();
            history.delete(unused, excess);
        }
    }

    private void report(DaemonSet set, DaemonSetStatus status) {
        if (!status.equals(set.getStatus())) {
            setResource.updateStatus(
                    new DaemonSetBuilder(set).withStatus(status).build());
        }
    }
}

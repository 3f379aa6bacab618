package dev.navarch.controllers.statefulset;

import dev.navarch.controllers.Batches;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/**
 * Takes the pods of one set a step further: first those that should be there, in the order of their ordinals, then those
 * that should not, then those of an older revision, both in reverse. In ordered sets each waits for the one before.
 *
 * <p>source: kubernetes pkg/controller/statefulset/stateful_set_control.go (updateStatefulSet).
 */
final class Step {
    private final StatefulSet set;
    private final PodControl control;
    private final PodTemplateSpec currentTemplate;
    private final String current;
    private final String update;
    private final Instant now;
    private final boolean ordered;
    /** Those in range by ordinal, as the cache shows them. */
    private final TreeMap<Integer, Pod> wanted = new TreeMap<>();
    /** The highest ordinal first. */
    private final List<Pod> condemned = new ArrayList<>();

    Step(
            StatefulSet set,
            List<Pod> pods,
            PodControl control,
            PodTemplateSpec currentTemplate,
            String current,
            String update,
            Instant now) {
        this.set = set;
        this.control = control;
        this.currentTemplate = currentTemplate;
        this.current = current;
        this.update = update;
        this.now = now;
        ordered = StatefulPods.isOrdered(set);
        for (var pod : pods) {
            int ordinal = StatefulPods.ordinal(set, pod);
            if (StatefulPods.isInRange(set, ordinal)) {
                wanted.put(ordinal, pod);
            } else if (ordinal >= 0) {
                condemned.add(pod);
            }
        }
        condemned.sort(
                Comparator.comparingInt((Pod p) -> StatefulPods.ordinal(set, p)).reversed());
    }

    /** @throws RuntimeException the first failure; what was not reached is for the next step */
    void take() throws InterruptedException {
        int start = StatefulPods.start(set);
        if (!forAll(StatefulPods.wished(set), i -> establish(start + i))) {
            return;
        }
        for (var pod : condemned) {
            control.claims().retain(set, pod, false);
        }
        var firstUnavailable = firstUnavailable();
        if (forAll(condemned.size(), i -> condemn(condemned.get(i), firstUnavailable)) && StatefulPods.isRolling(set)) {
            roll();
        }
    }

    /**
     * In ordered sets stops at the first for which the answer is false.
     *
     * @return whether it came to the end
     */
    private boolean forAll(int count, IntPredicate act) throws InterruptedException {
        if (ordered) {
            for (int i = 0; i < count; i++) {
                if (!act.test(i)) {
                    return false;
                }
            }
            return true;
        }
        var next = new AtomicInteger();
        var outcome = Batches.slowStart(count, () -> {
            boolean _ = act.test(next.getAndIncrement());
        });
        if (outcome.failure().isPresent()) {
            throw outcome.failure().get();
        }
        return true;
    }

    /** Whether the next may follow. */
    private boolean establish(int ordinal) {
        var pod = wanted.get(ordinal);
        if (pod == null) {
            if (!control.claims().areStale(set, ordinal)) {
                control.create(set, fresh(ordinal));
            }
            return false;
        }
        if (Pods.isTerminal(pod)) {
            if (!Pods.isDeleting(pod)) {
                control.delete(set, pod);
            }
            return false;
        }
        if (Pods.phase(pod).equals("Pending") && !Pods.isDeleting(pod)) {
            control.complete(set, pod);
        }
        if (ordered && !isAvailable(pod)) {
            return false;
        }
        if (!Pods.isDeleting(pod)) {
            control.mend(set, pod);
        }
        return true;
    }

    private Pod fresh(int ordinal) {
        boolean old = StatefulPods.isRolling(set) && ordinal < StatefulPods.start(set) + StatefulPods.partition(set);
        return old
                ? StatefulPods.create(set, ordinal, currentTemplate, current)
                : StatefulPods.create(set, ordinal, set.getSpec().getTemplate(), update);
    }

    /** Ready for long enough, and not being deleted. */
    private boolean isAvailable(Pod pod) {
        return StatefulPods.isAvailable(pod, set, now) && !Pods.isDeleting(pod);
    }

    /** Of the lowest ordinal, those that should be there first. */
    private Optional<Pod> firstUnavailable() {
        return wanted.values().stream()
                .filter(p -> !isAvailable(p))
                .findFirst()
                .or(() -> condemned.reversed().stream()
                        .filter(p -> !isAvailable(p))
                        .findFirst());
    }

    private boolean condemn(Pod pod, Optional<Pod> firstUnavailable) {
        if (Pods.isDeleting(pod)
                || ordered
                        && !StatefulPods.isAvailable(pod, set, now)
                        && firstUnavailable.filter(f -> f != pod).isPresent()) {
            return false;
        }
        control.delete(set, pod);
        return false;
    }

    /**
     * Deletes pods of other revisions from the highest ordinal down to the partition, as many as may be unavailable; one
     * that is unavailable anyway costs nothing.
     */
    private void roll() {
        int missing = StatefulPods.wished(set) - wanted.size();
        int unavailable =
                (int) wanted.values().stream().filter(p -> !isAvailable(p)).count();
        int budget = StatefulPods.maxUnavailable(set) - unavailable - missing;
        int lowest = StatefulPods.start(set) + StatefulPods.partition(set);
        for (var entry : wanted.descendingMap().entrySet()) {
            var pod = entry.getValue();
            if (entry.getKey() < lowest) {
                return;
            }
            if (StatefulPods.revision(pod).equals(update) || Pods.isDeleting(pod)) {
                continue;
            }
            if (isAvailable(pod)) {
                if (budget <= 0) {
                    continue;
                }
                budget--;
            }
            control.delete(set, pod);
        }
    }
}

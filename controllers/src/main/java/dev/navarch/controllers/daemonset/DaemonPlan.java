package dev.navarch.controllers.daemonset;

import dev.navarch.controllers.Pods;
import dev.navarch.controllers.Share;
import dev.navarch.controllers.history.Revision;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatus;
import io.fabric8.kubernetes.api.model.apps.DaemonSetStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDaemonSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * On which nodes to start a pod, which pods to delete, and what to report; of one set, its revision and the cluster as it
 * was at one time.
 *
 * <p>source: kubernetes pkg/controller/daemon/daemon_controller.go and update.go.
 */
final class DaemonPlan {
    /** On a node the pod that is bound, then the oldest. */
    private static final Comparator<Pod> BY_AGE = Comparator.<Pod>comparingInt(
                    p -> Pods.nodeName(p).isEmpty() ? 1 : 0)
            .thenComparing(p -> String.valueOf(p.getMetadata().getCreationTimestamp()))
            .thenComparing(p -> p.getMetadata().getName());

    private final DaemonSet set;
    private final String hash;
    private final List<Node> nodes;
    private final Function<Node, DaemonPods.Fit> fit;
    private final SortedMap<String, List<Pod>> byNode;
    private final Instant now;

    /** @param create names of nodes */
    record Work(List<String> create, List<Pod> delete) {}

    /** The newest and an older pod of a node. */
    private record Pair(Optional<Pod> fresh, Optional<Pod> old) {}

    DaemonPlan(DaemonSet set, String hash, List<Node> nodes, List<Pod> owned, Instant now) {
        this.set = set;
        this.hash = hash;
        this.nodes = nodes;
        this.now = now;
        var fits = new TreeMap<String, DaemonPods.Fit>();
        nodes.forEach(n -> fits.put(n.getMetadata().getName(), DaemonPods.fit(set, n)));
        fit = n -> fits.get(n.getMetadata().getName());
        byNode = new TreeMap<>();
        for (var pod : owned) {
            if (!(Pods.isTerminal(pod) && Pods.isDeleting(pod))) {
                byNode.computeIfAbsent(DaemonPods.target(pod), _ -> new ArrayList<>())
                        .add(pod);
            }
        }
        byNode.values().forEach(pods -> pods.sort(BY_AGE));
    }

    static Duration minReady(DaemonSet set) {
        var seconds = set.getSpec().getMinReadySeconds();
        return Duration.ofSeconds(seconds == null ? 0 : seconds);
    }

    static boolean isRolling(DaemonSet set) {
        var strategy = set.getSpec().getUpdateStrategy();
        return strategy == null || !"OnDelete".equals(strategy.getType());
    }

    private static int share(DaemonSet set, int nodes, Function<RollingUpdateDaemonSet, @Nullable IntOrString> field) {
        var strategy = set.getSpec().getUpdateStrategy();
        return !isRolling(set) || strategy == null || strategy.getRollingUpdate() == null
                ? 0
                : Share.of(field.apply(strategy.getRollingUpdate()), nodes, true);
    }

    private static int maxSurge(DaemonSet set, int nodes) {
        return share(set, nodes, RollingUpdateDaemonSet::getMaxSurge);
    }

    private boolean isAvailable(Pod pod) {
        return Pods.isAvailable(pod, minReady(set), now);
    }

    private List<Pod> on(Node node) {
        return byNode.getOrDefault(node.getMetadata().getName(), List.of());
    }

    /**
     * One pod to each node that should have one.
     *
     * @param mayReplace asked for each pod that has ended, with its node, whether it may be deleted now
     */
    Work manage(BiPredicate<Pod, String> mayReplace) {
        var work = new Work(new ArrayList<>(), new ArrayList<>());
        Set<String> names = new HashSet<>();
        for (var node : nodes) {
            var name = node.getMetadata().getName();
            names.add(name);
            var fits = fit.apply(node);
            var pods = on(node);
            if (fits.run() && pods.isEmpty()) {
                work.create.add(name);
            } else if (fits.stay()) {
                keepOne(name, fits, pods, mayReplace, work);
            } else {
                pods.stream().filter(p -> !Pods.isDeleting(p)).forEach(work.delete::add);
            }
        }
        byNode.forEach((name, pods) -> {
            if (!names.contains(name)) { // what is bound to a node that is gone, the pod collector deletes
                pods.stream()
                        .filter(p -> Pods.nodeName(p).isEmpty() && !Pods.isDeleting(p))
                        .forEach(work.delete::add);
            }
        });
        return work;
    }

    private void keepOne(
            String node, DaemonPods.Fit fits, List<Pod> pods, BiPredicate<Pod, String> mayReplace, Work work) {
        List<Pod> running = new ArrayList<>();
        for (var pod : pods) {
            if (Pods.isDeleting(pod)) {
                continue;
            }
            if (!Pods.isTerminal(pod)) {
                running.add(pod);
            } else if (mayReplace.test(pod, node)) {
                work.delete.add(pod);
            }
        }
        if (maxSurge(set, 1) == 0) { // of one node, any percentage but zero is one
            running.stream().skip(1).forEach(work.delete::add);
        } else if (running.isEmpty() && fits.run()) {
            work.create.add(node); // beside those that are ending
        } else if (running.size() > 1) {
            keepPair(running, work);
        }
    }

    /** Beside an old pod that is ready, a new one that is not yet. */
    private void keepPair(List<Pod> running, Work work) {
        Optional<Pod> fresh = Optional.empty();
        Optional<Pod> old = Optional.empty();
        for (var pod : running) {
            boolean isFresh = hash.equals(Revision.label(pod, Revision.POD_LABEL));
            if (isFresh && fresh.isEmpty()) {
                fresh = Optional.of(pod);
            } else if (!isFresh && old.isEmpty()) {
                old = Optional.of(pod);
            } else {
                work.delete.add(pod);
            }
        }
        if (fresh.isPresent() && old.isPresent() && (!Pods.isReady(old.get()) || isAvailable(fresh.get()))) {
            work.delete.add(old.get());
        }
    }

    /** The next step of replacing pods of older templates. */
    Work roll() {
        int desired = 0;
        var all = new TreeMap<>(byNode);
        Set<String> suited = new HashSet<>();
        for (var node : nodes) {
            if (fit.apply(node).run()) {
                desired++;
                suited.add(node.getMetadata().getName());
                all.putIfAbsent(node.getMetadata().getName(), List.of());
            }
        }
        int maxUnavailable = share(set, desired, RollingUpdateDaemonSet::getMaxUnavailable);
        int maxSurge = maxSurge(set, desired);
        if (desired > 0 && maxUnavailable == 0 && maxSurge == 0) {
            maxUnavailable = 1; // or nothing would move
        }
        return maxSurge == 0 ? replace(all, maxUnavailable) : surge(all, suited, desired, maxSurge);
    }

    /** Deletes old pods, as many as may be missing. */
    private Work replace(SortedMap<String, List<Pod>> all, int maxUnavailable) {
        int unavailable = 0;
        List<Pod> replaced = new ArrayList<>();
        List<Pod> candidates = new ArrayList<>();
        for (var pods : all.values()) {
            var pair = pair(pods);
            if (pair.isEmpty() || pair.get().fresh.isPresent() == pair.get().old.isPresent()) {
                unavailable++; // managing will tidy up
            } else if (pair.get().fresh.isPresent()) {
                unavailable += isAvailable(pair.get().fresh.get()) ? 0 : 1;
            } else if (isAvailable(pair.get().old.orElseThrow())) {
                candidates.add(pair.get().old.get());
            } else {
                replaced.add(pair.get().old.get()); // serves nobody
                unavailable++;
            }
        }
        candidates.stream().limit(Math.max(0, maxUnavailable - unavailable)).forEach(replaced::add);
        return new Work(List.of(), replaced);
    }

    /** Starts new pods beside the old ones, and deletes the old when the new are available. */
    private Work surge(SortedMap<String, List<Pod>> all, Set<String> suited, int desired, int maxSurge) {
        int surging = 0;
        int available = 0;
        List<Pod> replaced = new ArrayList<>();
        List<Pod> misplaced = new ArrayList<>();
        List<String> create = new ArrayList<>();
        List<String> candidates = new ArrayList<>();
        for (var entry : all.entrySet()) {
            var pair = pair(entry.getValue());
            if (pair.isEmpty()) {
                surging++;
                continue;
            }
            var fresh = pair.get().fresh;
            var old = pair.get().old;
            boolean freshServes = fresh.filter(this::isAvailable).isPresent();
            boolean oldServes = old.filter(this::isAvailable).isPresent();
            available += (old.isPresent() ? oldServes : freshServes) ? 1 : 0;
            if (old.isEmpty()) {
                continue;
            }
            if (fresh.isPresent()) {
                if (freshServes) {
                    replaced.add(old.get());
                } else {
                    surging++;
                }
            } else if (!suited.contains(entry.getKey())) {
                (oldServes ? misplaced : replaced).add(old.get());
            } else if (oldServes) {
                candidates.add(entry.getKey());
            } else {
                create.add(entry.getKey());
            }
        }
        candidates.stream().limit(Math.max(0, maxSurge - surging)).forEach(create::add);
        misplaced.stream().limit(Math.max(0, available - desired)).forEach(replaced::add);
        return new Work(create, replaced);
    }

    /** Empty if there are more than one of an age. */
    private Optional<Pair> pair(List<Pod> pods) {
        List<Pod> fresh = new ArrayList<>();
        List<Pod> old = new ArrayList<>();
        for (var pod : pods) {
            if (!Pods.isDeleting(pod)) {
                (DaemonPods.isUpdated(pod, set, hash) ? fresh : old).add(pod);
            }
        }
        return fresh.size() > 1 || old.size() > 1
                ? Optional.empty()
                : Optional.of(new Pair(fresh.stream().findFirst(), old.stream().findFirst()));
    }

    /** @param generation the newest that was acted on */
    DaemonSetStatus status(@Nullable Long generation, int collisions) {
        int desired = 0;
        int current = 0;
        int misscheduled = 0;
        int ready = 0;
        int available = 0;
        int updated = 0;
        for (var node : nodes) {
            var pods = on(node);
            if (!fit.apply(node).run()) {
                misscheduled += pods.isEmpty() ? 0 : 1;
                continue;
            }
            desired++;
            if (!pods.isEmpty()) {
                current++;
                var pod = pods.getFirst();
                ready += Pods.isReady(pod) ? 1 : 0;
                available += isAvailable(pod) ? 1 : 0;
                updated += DaemonPods.isUpdated(pod, set, hash) ? 1 : 0;
            }
        }
        var before = set.getStatus();
        return new DaemonSetStatusBuilder()
                .withDesiredNumberScheduled(desired)
                .withCurrentNumberScheduled(current)
                .withNumberMisscheduled(misscheduled)
                .withNumberReady(ready)
                .withUpdatedNumberScheduled(positive(updated))
                .withNumberAvailable(positive(available))
                .withNumberUnavailable(positive(desired - available))
                .withObservedGeneration(generation)
                .withCollisionCount(positive(collisions))
                .withConditions(before == null ? List.of() : before.getConditions())
                .build();
    }

    /** Zero is not written, as upstream's serialization leaves it out. */
    private static @Nullable Integer positive(int count) {
        return count == 0 ? null : Integer.valueOf(count);
    }
}

package dev.navarch.controllers.deployment;

import dev.navarch.controllers.Share;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a deployment's ReplicaSets. Plans map names of sets to new sizes, in the order of the writes; sets that
 * keep their size are left out.
 *
 * <p>source: kubernetes pkg/controller/deployment (rolling.go, sync.go) and util/deployment_util.go.
 */
final class DeploymentPlan {
    static final Comparator<ReplicaSet> BY_AGE = Comparator.<ReplicaSet, String>comparing(
                    s -> String.valueOf(s.getMetadata().getCreationTimestamp()))
            .thenComparing(s -> s.getMetadata().getName());

    private DeploymentPlan() {}

    static int wished(Deployment deployment) {
        return orZero(deployment.getSpec().getReplicas());
    }

    static int size(ReplicaSet set) {
        return orZero(set.getSpec().getReplicas());
    }

    static int available(ReplicaSet set) {
        return set.getStatus() == null
                ? 0
                : Math.min(size(set), orZero(set.getStatus().getAvailableReplicas()));
    }

    static int orZero(@Nullable Integer value) {
        return value == null ? 0 : value;
    }

    static int total(Collection<ReplicaSet> sets) {
        return sets.stream().mapToInt(DeploymentPlan::size).sum();
    }

    static boolean isRolling(Deployment deployment) {
        var strategy = deployment.getSpec().getStrategy();
        return strategy == null || !"Recreate".equals(strategy.getType());
    }

    /** Pods above the wished-for number that a rollout may make. */
    static int maxSurge(Deployment deployment) {
        var rolling = rolling(deployment);
        return rolling.isEmpty() ? 0 : Share.of(rolling.get().getMaxSurge(), wished(deployment), true);
    }

    /** Pods that a rollout may do without. Not both this and the surge are zero, or nothing would move. */
    static int maxUnavailable(Deployment deployment) {
        var rolling = rolling(deployment);
        int wished = wished(deployment);
        if (rolling.isEmpty() || wished == 0) {
            return 0;
        }
        int unavailable = Share.of(rolling.get().getMaxUnavailable(), wished, false);
        if (unavailable == 0 && maxSurge(deployment) == 0) {
            return 1;
        }
        return Math.min(unavailable, wished);
    }

    private static Optional<io.fabric8.kubernetes.api.model.apps.RollingUpdateDeployment> rolling(
            Deployment deployment) {
        var strategy = deployment.getSpec().getStrategy();
        return strategy == null || !isRolling(deployment)
                ? Optional.empty()
                : Optional.ofNullable(strategy.getRollingUpdate());
    }

    /** The size of the new set in the next step. */
    static int newSize(Deployment deployment, Collection<ReplicaSet> all, int now) {
        int wished = wished(deployment);
        if (now >= wished || !isRolling(deployment)) {
            return wished;
        }
        int room = wished + maxSurge(deployment) - total(all);
        return room <= 0 ? now : now + Math.min(room, wished - now);
    }

    /** How the old sets shrink in the next step of a rolling update: first what is not available, then what may. */
    static Map<String, Integer> shrinkOld(Deployment deployment, ReplicaSet fresh, List<ReplicaSet> old) {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        int oldPods = total(old);
        if (oldPods == 0) {
            return sizes;
        }
        int minAvailable = wished(deployment) - maxUnavailable(deployment);
        int freshUnavailable = size(fresh) - available(fresh);
        int mayGo = oldPods + size(fresh) - minAvailable - freshUnavailable;
        if (mayGo <= 0) {
            return sizes;
        }
        var byAge = old.stream().sorted(BY_AGE).toList();
        for (var set : byAge) {
            int gone = Math.min(mayGo, Math.max(0, size(set) - available(set)));
            if (gone > 0) {
                sizes.put(set.getMetadata().getName(), size(set) - gone);
                mayGo -= gone;
            }
        }
        int surplus = available(fresh)
                + old.stream().mapToInt(DeploymentPlan::available).sum()
                - minAvailable;
        for (var set : byAge) {
            int size = sizes.getOrDefault(set.getMetadata().getName(), size(set));
            int gone = Math.min(surplus, size);
            if (gone > 0) {
                sizes.put(set.getMetadata().getName(), size - gone);
                surplus -= gone;
            }
        }
        return sizes;
    }

    /**
     * How all sets follow a change of the deployment's own size, in proportion when several are in use.
     *
     * @param fresh absent while the deployment is paused before its first rollout
     */
    static Map<String, Integer> rescale(Deployment deployment, Optional<ReplicaSet> fresh, List<ReplicaSet> old) {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        List<ReplicaSet> all = new ArrayList<>(old);
        fresh.ifPresent(all::add);
        var active = all.stream().filter(s -> size(s) > 0).toList();
        int wished = wished(deployment);
        if (active.size() <= 1) {
            var only = active.isEmpty() ? fresh.or(() -> old.stream().max(BY_AGE)) : Optional.of(active.getFirst());
            only.ifPresent(s -> sizes.put(s.getMetadata().getName(), wished));
            return sizes;
        }
        if (fresh.filter(s -> isSaturated(deployment, s)).isPresent()) {
            old.stream()
                    .filter(s -> size(s) > 0)
                    .forEach(s -> sizes.put(s.getMetadata().getName(), 0));
            return sizes;
        }
        if (isRolling(deployment)) {
            proportions(deployment, active, sizes);
        }
        return sizes;
    }

    private static boolean isSaturated(Deployment deployment, ReplicaSet fresh) {
        int wished = wished(deployment);
        return size(fresh) == wished
                && Revisions.desired(fresh).filter(d -> d == wished).isPresent()
                && available(fresh) == wished;
    }

    private static void proportions(Deployment deployment, List<ReplicaSet> active, Map<String, Integer> sizes) {
        int wished = wished(deployment);
        int allowed = wished > 0 ? wished + maxSurge(deployment) : 0;
        int toAdd = allowed - total(active);
        var bySize = Comparator.comparingInt(DeploymentPlan::size).reversed();
        var sorted = new ArrayList<>(active);
        // of sets of one size the newer grows and the older shrinks first
        sorted.sort(bySize.thenComparing(toAdd > 0 ? BY_AGE.reversed() : BY_AGE));
        int added = 0;
        for (var set : sorted) {
            int share = toAdd == 0 || toAdd == added ? 0 : share(deployment, set, toAdd - added);
            sizes.put(set.getMetadata().getName(), size(set) + share);
            added += share;
        }
        if (toAdd != 0) {
            int leftover = toAdd - added;
            sizes.computeIfPresent(
                    sorted.getFirst().getMetadata().getName(), (_, size) -> Math.max(0, size + leftover));
        }
    }

    private static int share(Deployment deployment, ReplicaSet set, int left) {
        int fraction = fraction(deployment, set);
        return left > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
    }

    private static int fraction(Deployment deployment, ReplicaSet set) {
        int wished = wished(deployment);
        if (wished == 0) {
            return -size(set);
        }
        int before = Revisions.max(set)
                .filter(m -> m > 0)
                .orElseGet(() -> deployment.getStatus() == null
                        ? 0
                        : orZero(deployment.getStatus().getReplicas()));
        if (before == 0) {
            return 0;
        }
        double size = (double) size(set) * (wished + maxSurge(deployment)) / before;
        return (int) Math.round(size) - size(set);
    }

    /** True if the deployment's size changed since its sets were last sized. */
    static boolean isScaling(Deployment deployment, Collection<ReplicaSet> all) {
        return all.stream()
                .filter(s -> size(s) > 0)
                .anyMatch(s -> Revisions.desired(s)
                        .filter(d -> d != wished(deployment))
                        .isPresent());
    }

    /** Old sets beyond the history limit, oldest revision first, that nothing needs any more. */
    static List<ReplicaSet> expired(Deployment deployment, List<ReplicaSet> old) {
        var limit = deployment.getSpec().getRevisionHistoryLimit();
        var alive = old.stream()
                .filter(s -> s.getMetadata().getDeletionTimestamp() == null)
                .toList();
        if (limit == null || limit == Integer.MAX_VALUE || alive.size() <= limit) {
            return List.of();
        }
        return alive.stream()
                .sorted(Comparator.<ReplicaSet>comparingLong(Revisions::of).thenComparing(BY_AGE))
                .limit(alive.size() - limit)
                .filter(DeploymentPlan::isSpent)
                .toList();
    }

    private static boolean isSpent(ReplicaSet set) {
        var status = set.getStatus();
        var generation = set.getMetadata().getGeneration();
        return size(set) == 0
                && status != null
                && orZero(status.getReplicas()) == 0
                && (generation == null
                        || status.getObservedGeneration() != null && status.getObservedGeneration() >= generation);
    }
}

package dev.navarch.scheduler.plugins;

import dev.navarch.api.values.GoText;
import dev.navarch.client.Key;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.Measures;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Only nodes where the pod's bound volumes can be used and, of claims that wait for their first consumer, a volume is
 * found or can be provisioned; has these bound before the pod is (source: plugins/volumebinding).
 */
public final class VolumeBinding implements Plugin.PreFilter, Plugin.Filter, Plugin.Reserve, Plugin.PreBind {
    static final long TIMEOUT_SECONDS = 600;
    private static final Status IMMEDIATE = Status.unresolvable("pod has unbound immediate PersistentVolumeClaims");

    private final VolumeBinder binder;
    private final Duration timeout;
    private final Measures measures;

    VolumeBinding(Handle handle, long timeoutSeconds) {
        binder = new VolumeBinder(handle);
        timeout = Duration.ofSeconds(timeoutSeconds);
        measures = handle.measures();
    }

    @Override
    public String name() {
        return "VolumeBinding";
    }

    /** What is known of the pod's claims, and what would be done about those that are not bound on each node. */
    private static final class Plan {
        private final List<Optional<PersistentVolume>> bound = new ArrayList<>();
        private final List<PersistentVolumeClaim> unbound = new ArrayList<>();
        private final Map<String, VolumeBinder.Choice> choices = new HashMap<>();
        private VolumeBinder.@Nullable Choice assumed;
    }

    @Override
    public Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot) {
        if (pod.claims().isEmpty()) {
            return Result.SKIP;
        }
        var plan = new Plan();
        boolean immediate = false;
        for (var use : pod.claims()) {
            var found = binder.claim(new Key(pod.namespace(), use.name()));
            if (found.isEmpty()) {
                return Result.of(Status.unresolvable(
                        use.ephemeral()
                                ? "waiting for ephemeral volume controller to create the persistentvolumeclaim "
                                        + GoText.quote(use.name())
                                : Claims.notFound("persistentvolumeclaim", use.name())));
            }
            var claim = found.get();
            var problem = unusable(claim, use, pod);
            if (problem.isPresent()) {
                return Result.of(Status.unresolvable(problem.get()));
            }
            if (Claims.bound(claim)) {
                plan.bound.add(binder.volume(Claims.volumeName(claim)));
            } else if (Claims.volumeName(claim).isEmpty() && binder.waitsForConsumer(claim)) {
                plan.unbound.add(claim);
            } else {
                immediate = true;
            }
        }
        if (immediate) {
            return Result.of(IMMEDIATE);
        }
        state.put(this, plan);
        return Result.ALL;
    }

    private static Optional<String> unusable(PersistentVolumeClaim claim, PodInfo.ClaimUse use, PodInfo pod) {
        var quoted = GoText.quote(use.name());
        if (claim.getStatus() != null && "Lost".equals(claim.getStatus().getPhase())) {
            return Optional.of("persistentvolumeclaim " + quoted + " bound to non-existent persistentvolume "
                    + GoText.quote(Claims.volumeName(claim)));
        }
        if (claim.getMetadata().getDeletionTimestamp() != null) {
            return Optional.of("persistentvolumeclaim " + quoted + " is being deleted");
        }
        if (use.ephemeral() && !Claims.ownedBy(claim, pod)) {
            return Optional.of("PVC " + pod.namespace() + "/" + use.name() + " was not created for pod " + pod.key()
                    + " (pod is not owner)");
        }
        return Optional.empty();
    }

    @Override
    public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
        var plan = state.get(this, Plan.class);
        var reasons = new ArrayList<String>();
        for (var volume : plan.bound) {
            if (volume.isEmpty()) {
                reasons.add("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
                break;
            }
            if (!Claims.reachable(volume.get(), node)) {
                reasons.add("node(s) had volume node affinity conflict");
                break;
            }
        }
        if (!plan.unbound.isEmpty()) {
            switch (binder.choose(plan.unbound, node)) {
                case VolumeBinder.Choice choice -> plan.choices.put(node.name(), choice);
                case VolumeBinder.Conflict(var reason) -> reasons.add(reason);
                case VolumeBinder.Failure(var message) -> {
                    measures.volumesFailed("predicate");
                    return Status.error(message);
                }
            }
        }
        return reasons.isEmpty() ? Status.SUCCESS : Status.unresolvable(reasons.toArray(String[]::new));
    }

    @Override
    public Status reserve(CycleState state, PodInfo pod, String node) {
        if (state.has(this)) {
            var plan = state.get(this, Plan.class);
            var choice = plan.choices.get(node);
            if (choice != null) {
                plan.assumed = binder.assume(choice, node);
            }
        }
        return Status.SUCCESS;
    }

    @Override
    public void unreserve(CycleState state, PodInfo pod, String node) {
        if (state.has(this)) {
            var plan = state.get(this, Plan.class);
            if (plan.assumed != null) {
                binder.restore(plan.assumed);
                plan.assumed = null;
            }
        }
    }

    @Override
    public boolean hasWork(CycleState state, PodInfo pod, String node) {
        return state.has(this) && state.get(this, Plan.class).assumed != null;
    }

    @Override
    public Status preBind(CycleState state, PodInfo pod, String node) throws InterruptedException {
        var assumed = state.get(this, Plan.class).assumed;
        if (assumed == null) {
            return Status.SUCCESS;
        }
        var problem = binder.bind(assumed, node, timeout);
        problem.ifPresent(_ -> measures.volumesFailed("bind"));
        return problem.isEmpty() ? Status.SUCCESS : Status.error(problem.get());
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.NodeAdded _ -> true;
            case ClusterEvent.NodeChanged changed -> changed.labels();
            case ClusterEvent.ObjectChanged(var before, CSIDriver _) -> before.isPresent();
            case ClusterEvent.ObjectChanged changed ->
                changed.of(PersistentVolumeClaim.class)
                        || changed.of(PersistentVolume.class)
                        || changed.of(StorageClass.class)
                        || changed.of(CSINode.class)
                        || changed.of(CSIStorageCapacity.class);
            default -> false;
        };
    }

    @Override
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return switch (event) {
            case ClusterEvent.ObjectChanged(var _, PersistentVolumeClaim claim) -> VolumeZone.uses(pod, claim);
            case ClusterEvent.ObjectChanged(var before, StorageClass now) ->
                !(before.orElse(null) instanceof StorageClass old)
                        || !Objects.equals(old.getAllowedTopologies(), now.getAllowedTopologies());
            case ClusterEvent.ObjectChanged(var before, CSINode _) -> before.isEmpty();
            case ClusterEvent.ObjectChanged(var before, CSIDriver now) ->
                before.orElse(null) instanceof CSIDriver old
                        && Boolean.TRUE.equals(old.getSpec().getStorageCapacity())
                        && !Boolean.TRUE.equals(now.getSpec().getStorageCapacity());
            case ClusterEvent.ObjectChanged(var before, CSIStorageCapacity now) ->
                !(before.orElse(null) instanceof CSIStorageCapacity old)
                        || VolumeBinder.limit(now) > VolumeBinder.limit(old);
            default -> true;
        };
    }
}

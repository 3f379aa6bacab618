package dev.navarch.controllers.deployment;

import dev.navarch.client.ControllerRef;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Selectors;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Adoption;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.WriteTracker;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.ArrayList;
import java.util.List;

/** Takes one Deployment a step further. source: kubernetes pkg/controller/deployment/deployment_controller.go. */
final class DeploymentReconciler implements Reconciler<Key> {
    private final Informer<Deployment> deployments;
    private final Informer<ReplicaSet> sets;
    private final Informer<Pod> pods;
    private final Resource<Deployment> deploymentResource;
    private final Resource<ReplicaSet> setResource;
    /** The sizes of sets that the cache does not show yet: counted without them, pods would be too many. */
    private final WriteTracker writes;

    private final EventRecorder events;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    DeploymentReconciler(
            ControllerContext context,
            Informer<Deployment> deployments,
            Informer<ReplicaSet> sets,
            Informer<Pod> pods,
            WorkQueue<Key> queue) {
        this.deployments = deployments;
        this.sets = sets;
        this.pods = pods;
        this.queue = queue;
        deploymentResource = context.client().resource(Deployment.class);
        setResource = context.client().resource(ReplicaSet.class);
        events = context.events();
        time = context.time();
        writes = new WriteTracker(time);
    }

    @Override
    public void reconcile(Key key) {
        boolean current = writes.isShown(key, sets);
        var found = deployments.get(key);
        if (found.isEmpty()) {
            return;
        }
        if (!current) {
            queue.addRateLimited(key);
            return;
        }
        var deployment = found.get();
        var selector = Selectors.of(deployment.getSpec().getSelector());
        if (selector.matchesEverything()) {
            refuseToSelectAll(deployment);
            return;
        }
        var adoption =
                new Adoption<>(setResource, deployment, () -> deploymentResource.get(key.namespace(), key.name()));
        var owned = adoption.claim(Pods.controlledOrOrphaned(sets, deployment), selector, _ -> true);
        var rollout = new Rollout(deployment, owned, setResource, deploymentResource, writes, events, time);
        if (Pods.isDeleting(deployment)) {
            report(rollout.deployment(), counted(rollout));
            return;
        }
        var pause = DeploymentStatusPlan.pauseCondition(deployment, time.now());
        if (pause.isPresent()) {
            rollout.report(withCondition(deployment, pause.get()));
        }
        if (Boolean.TRUE.equals(deployment.getSpec().getPaused())) {
            resize(rollout);
            rollout.dropExpired();
            report(rollout.deployment(), counted(rollout));
        } else if (Rollback.wanted(rollout.deployment()).isPresent()) {
            rollout.ensureFresh();
            new Rollback(deploymentResource, events).carryOut(rollout.deployment(), rollout.all());
        } else if (DeploymentPlan.isScaling(rollout.deployment(), rollout.all())) {
            resize(rollout);
            report(rollout.deployment(), counted(rollout));
        } else if (DeploymentPlan.isRolling(deployment)) {
            roll(rollout);
        } else {
            recreate(rollout);
        }
    }

    private void refuseToSelectAll(Deployment deployment) {
        events.warning(
                deployment, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
        var status = new DeploymentStatusBuilder(DeploymentStatusPlan.statusOf(deployment))
                .withObservedGeneration(deployment.getMetadata().getGeneration())
                .build();
        report(deployment, status);
    }

    private DeploymentStatus counted(Rollout rollout) {
        return DeploymentStatusPlan.counted(rollout.deployment(), rollout.all(), rollout.fresh(), time.now());
    }

    private static DeploymentStatus withCondition(Deployment deployment, DeploymentCondition condition) {
        var status = new DeploymentStatusBuilder(DeploymentStatusPlan.statusOf(deployment)).build();
        status.setConditions(new ArrayList<>(status.getConditions()));
        DeploymentStatusPlan.set(status, condition);
        return status;
    }

    private void resize(Rollout rollout) {
        rollout.syncFresh();
        DeploymentPlan.rescale(rollout.deployment(), rollout.fresh(), rollout.old())
                .forEach(rollout::scale);
    }

    private void roll(Rollout rollout) {
        var fresh = rollout.ensureFresh();
        int size = DeploymentPlan.newSize(rollout.deployment(), rollout.all(), DeploymentPlan.size(fresh));
        if (!rollout.scale(fresh.getMetadata().getName(), size)) {
            boolean shrunk = false;
            for (var entry : DeploymentPlan.shrinkOld(
                            rollout.deployment(), rollout.fresh().orElseThrow(), rollout.old())
                    .entrySet()) {
                shrunk |= rollout.scale(entry.getKey(), entry.getValue());
            }
            if (!shrunk) {
                dropExpiredWhenComplete(rollout);
            }
        }
        reportProgress(rollout);
    }

    private void recreate(Rollout rollout) {
        rollout.syncFresh();
        boolean shrunk = false;
        for (var set : List.copyOf(rollout.old())) {
            shrunk |= rollout.scale(set.getMetadata().getName(), 0);
        }
        if (!shrunk && !oldPodsRun(rollout)) {
            var fresh = rollout.ensureFresh();
            rollout.scale(fresh.getMetadata().getName(), DeploymentPlan.wished(rollout.deployment()));
            dropExpiredWhenComplete(rollout);
        }
        reportProgress(rollout);
    }

    private boolean oldPodsRun(Rollout rollout) {
        for (var set : rollout.old()) {
            if (set.getStatus() != null && DeploymentPlan.orZero(set.getStatus().getReplicas()) > 0) {
                return true;
            }
            for (var pod : pods.byIndex(Pods.BY_CONTROLLER, set.getMetadata().getUid())) {
                if (!Pods.isTerminal(pod)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void dropExpiredWhenComplete(Rollout rollout) {
        var deployment = rollout.deployment();
        if (DeploymentStatusPlan.isComplete(deployment, DeploymentStatusPlan.statusOf(deployment))) {
            rollout.dropExpired();
        }
    }

    private void reportProgress(Rollout rollout) {
        var deployment = rollout.deployment();
        var status = DeploymentStatusPlan.rollout(deployment, rollout.all(), rollout.fresh(), time.now());
        report(deployment, status);
        DeploymentStatusPlan.nextLook(deployment, status, time.now())
                .ifPresent(d -> queue.addAfter(Key.of(deployment), d));
    }

    private void report(Deployment deployment, DeploymentStatus status) {
        if (!status.equals(deployment.getStatus())) {
            deploymentResource.updateStatus(
                    new DeploymentBuilder(deployment).withStatus(status).build());
        }
    }

    /** Whether a set that could not be made is one that this deployment made before. */
    static boolean isOurs(ReplicaSet set, Deployment deployment) {
        return ControllerRef.isControlledBy(set, deployment)
                && TemplateHash.same(
                        set.getSpec().getTemplate(), deployment.getSpec().getTemplate());
    }
}

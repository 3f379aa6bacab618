package dev.navarch.controllers.deployment;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.controllers.WriteTracker;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.ReplicaSetBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One reconciliation's view of a deployment and its sets: each write answers with the newest state, which replaces the
 * one in view. Used by one thread.
 */
final class Rollout {
    private final Resource<ReplicaSet> setResource;
    private final Resource<Deployment> deploymentResource;
    private final WriteTracker writes;
    private final EventRecorder events;
    private final TimeSource time;

    private Deployment deployment;
    private Optional<ReplicaSet> fresh;
    private final List<ReplicaSet> old = new ArrayList<>();

    Rollout(
            Deployment deployment,
            List<ReplicaSet> owned,
            Resource<ReplicaSet> setResource,
            Resource<Deployment> deploymentResource,
            WriteTracker writes,
            EventRecorder events,
            TimeSource time) {
        this.deployment = deployment;
        this.setResource = setResource;
        this.deploymentResource = deploymentResource;
        this.writes = writes;
        this.events = events;
        this.time = time;
        // of several sets of the template the oldest counts, so that all agree
        fresh = owned.stream()
                .filter(s -> TemplateHash.same(
                        s.getSpec().getTemplate(), deployment.getSpec().getTemplate()))
                .min(DeploymentPlan.BY_AGE);
        owned.stream().filter(s -> !s.equals(fresh.orElse(null))).forEach(old::add);
    }

    Deployment deployment() {
        return deployment;
    }

    /** The set of the present template. */
    Optional<ReplicaSet> fresh() {
        return fresh;
    }

    List<ReplicaSet> old() {
        return old;
    }

    List<ReplicaSet> all() {
        List<ReplicaSet> all = new ArrayList<>(old);
        fresh.ifPresent(all::add);
        return all;
    }

    /** Brings the new set's revision and annotations up to date, if there is one. */
    void syncFresh() {
        if (fresh.isEmpty()) {
            return;
        }
        var set = fresh.get();
        long revision = Revisions.highest(old) + 1;
        var annotations = Revisions.ofNewSet(Revisions.annotations(set), deployment, revision);
        int minReady = DeploymentPlan.orZero(deployment.getSpec().getMinReadySeconds());
        boolean other = DeploymentPlan.orZero(set.getSpec().getMinReadySeconds()) != minReady;
        if (other || !annotations.equals(Revisions.annotations(set))) {
            set = wrote(setResource.update(new ReplicaSetBuilder(set)
                    .editMetadata()
                    .withAnnotations(annotations)
                    .endMetadata()
                    .editSpec()
                    .withMinReadySeconds(minReady == 0 ? null : minReady)
                    .endSpec()
                    .build()));
            fresh = Optional.of(set);
        }
        noteRevision(set);
        if (DeploymentStatusPlan.hasDeadline(deployment)
                && DeploymentStatusPlan.condition(
                                DeploymentStatusPlan.statusOf(deployment), DeploymentStatusPlan.PROGRESSING)
                        .isEmpty()) {
            condition(
                    "True",
                    "FoundNewReplicaSet",
                    "Found new replica set \"" + set.getMetadata().getName() + "\"");
        }
    }

    /** The set of the present template, made if need be. */
    ReplicaSet ensureFresh() {
        if (fresh.isPresent()) {
            syncFresh();
            return fresh.get();
        }
        var template = deployment.getSpec().getTemplate();
        int collisions =
                DeploymentPlan.orZero(DeploymentStatusPlan.statusOf(deployment).getCollisionCount());
        var draft = draft(TemplateHash.of(template, collisions));
        try {
            var made = wrote(setResource.create(draft));
            fresh = Optional.of(made);
            int size = DeploymentPlan.size(made);
            if (size > 0) {
                events.normal(
                        deployment,
                        "ScalingReplicaSet",
                        "Scaled up replica set " + made.getMetadata().getName() + " from 0 to " + size);
            }
            noteRevision(made);
            if (DeploymentStatusPlan.hasDeadline(deployment)) {
                condition(
                        "True",
                        "NewReplicaSetCreated",
                        "Created new replica set \"" + made.getMetadata().getName() + "\"");
            }
            return made;
        } catch (ApiFailure e) {
            if (e.alreadyExists()) {
                return existing(draft, collisions, e);
            }
            if (!e.namespaceTerminating()) {
                var message = "Failed to create new replica set \""
                        + draft.getMetadata().getName() + "\": " + e.getMessage();
                if (DeploymentStatusPlan.hasDeadline(deployment)) {
                    condition("False", "ReplicaSetCreateError", message);
                }
                events.warning(deployment, "ReplicaSetCreateError", message);
            }
            throw e;
        }
    }

    private ReplicaSet wrote(ReplicaSet set) {
        writes.wrote(Key.of(deployment), set);
        return set;
    }

    /** Our own set that the cache has not shown yet; or one of another template with the same hash. */
    private ReplicaSet existing(ReplicaSet draft, int collisions, ApiFailure cause) {
        var there = setResource.get(
                draft.getMetadata().getNamespace(), draft.getMetadata().getName());
        if (there.isPresent() && DeploymentReconciler.isOurs(there.get(), deployment)) {
            fresh = there;
            noteRevision(there.get());
            return there.get();
        }
        report(new DeploymentStatusBuilder(DeploymentStatusPlan.statusOf(deployment))
                .withCollisionCount(collisions + 1)
                .build());
        throw cause;
    }

    private ReplicaSet draft(String hash) {
        var meta = deployment.getMetadata();
        Map<String, String> labels =
                new HashMap<>(deployment.getSpec().getTemplate().getMetadata().getLabels());
        labels.put(TemplateHash.LABEL, hash);
        var annotations = Revisions.ofNewSet(Map.of(), deployment, Revisions.highest(old) + 1);
        int minReady = DeploymentPlan.orZero(deployment.getSpec().getMinReadySeconds());
        return new ReplicaSetBuilder()
                .withNewMetadata()
                .withNamespace(meta.getNamespace())
                .withName(meta.getName() + "-" + hash)
                .withLabels(labels)
                .withAnnotations(Revisions.sized(annotations, deployment))
                .withOwnerReferences(ControllerRef.to(deployment))
                .endMetadata()
                .withNewSpec()
                .withReplicas(DeploymentPlan.newSize(deployment, old, 0))
                .withMinReadySeconds(minReady == 0 ? null : minReady)
                .withNewSelectorLike(deployment.getSpec().getSelector())
                .addToMatchLabels(TemplateHash.LABEL, hash)
                .endSelector()
                .withNewTemplateLike(deployment.getSpec().getTemplate())
                .editMetadata()
                .withLabels(labels)
                .endMetadata()
                .endTemplate()
                .endSpec()
                .build();
    }

    private void noteRevision(ReplicaSet set) {
        var revision = Revisions.annotations(set).get(Revisions.REVISION);
        if (revision == null
                || revision.equals(Revisions.annotations(deployment).get(Revisions.REVISION))) {
            return;
        }
        // by the status, since a plain update would count the generation up
        deployment = deploymentResource.updateStatus(new DeploymentBuilder(deployment)
                .editMetadata()
                .addToAnnotations(Revisions.REVISION, revision)
                .endMetadata()
                .build());
    }

    private void condition(String status, String reason, String message) {
        var next = new DeploymentStatusBuilder(DeploymentStatusPlan.statusOf(deployment)).build();
        next.setConditions(new ArrayList<>(next.getConditions()));
        DeploymentStatusPlan.set(
                next,
                DeploymentStatusPlan.condition(DeploymentStatusPlan.PROGRESSING, status, reason, message, time.now()));
        report(next);
    }

    void report(DeploymentStatus status) {
        if (!status.equals(deployment.getStatus())) {
            deployment = deploymentResource.updateStatus(
                    new DeploymentBuilder(deployment).withStatus(status).build());
        }
    }

    /**
     * Sizes a set and notes the deployment's size on it.
     *
     * @return whether its size changed
     */
    boolean scale(String name, int size) {
        var set = all().stream()
                .filter(s -> s.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow();
        int before = DeploymentPlan.size(set);
        var annotations = Revisions.sized(Revisions.annotations(set), deployment);
        boolean marked = annotations.equals(Revisions.annotations(set));
        if (before == size && marked) {
            return false;
        }
        var next = wrote(setResource.update(new ReplicaSetBuilder(set)
                .editMetadata()
                .withAnnotations(annotations)
                .endMetadata()
                .editSpec()
                .withReplicas(size)
                .endSpec()
                .build()));
        if (fresh.filter(f -> f.getMetadata().getName().equals(name)).isPresent()) {
            fresh = Optional.of(next);
        } else {
            old.replaceAll(s -> s.getMetadata().getName().equals(name) ? next : s);
        }
        if (before != size) {
            events.normal(
                    deployment,
                    "ScalingReplicaSet",
                    "Scaled " + (before < size ? "up" : "down") + " replica set " + name + " from " + before + " to "
                            + size);
        }
        return before != size;
    }

    void dropExpired() {
        for (var set : DeploymentPlan.expired(deployment, old)) {
            try {
                setResource.delete(
                        set.getMetadata().getNamespace(), set.getMetadata().getName(), DeleteOptions.exactly(set));
            } catch (ApiFailure e) {
                if (!e.notFound()) {
                    throw e;
                }
            }
        }
    }
}

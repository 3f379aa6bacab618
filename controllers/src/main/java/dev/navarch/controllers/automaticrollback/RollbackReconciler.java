package dev.navarch.controllers.automaticrollback;

import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives a Deployment whose rollout missed its deadline the template of the revision before, as {@code kubectl rollout
 * undo} does. The ReplicaSet that failed is marked first, so that nobody goes back to it, until it comes to be complete.
 */
final class RollbackReconciler implements Reconciler<Key> {
    static final String WANTED = "navarch.dev/automatic-rollback";
    static final String FAILED = "navarch.dev/missed-deadline";
    private static final String REVISION = "deployment.kubernetes.io/revision";
    private static final String HASH = "pod-template-hash";

    private final Informer<Deployment> deployments;
    private final Informer<ReplicaSet> sets;
    private final Resource<Deployment> deploymentResource;
    private final Resource<ReplicaSet> setResource;
    private final EventRecorder events;

    RollbackReconciler(ControllerContext context, Informer<Deployment> deployments, Informer<ReplicaSet> sets) {
        this.deployments = deployments;
        this.sets = sets;
        deploymentResource = context.client().resource(Deployment.class);
        setResource = context.client().resource(ReplicaSet.class);
        events = context.events();
    }

    static boolean wanted(Deployment deployment) {
        return "true".equals(annotation(deployment, WANTED));
    }

    private static @Nullable String annotation(HasMetadata object, String name) {
        Map<String, String> annotations = object.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(name);
    }

    private static long revision(HasMetadata object) {
        try {
            var text = annotation(object, REVISION);
            return text == null ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    @Override
    public void reconcile(Key key) {
        var found = deployments.get(key).filter(RollbackReconciler::wanted).filter(d -> !Pods.isDeleting(d));
        if (found.isEmpty()) {
            return;
        }
        var deployment = found.get();
        var reason = settled(deployment);
        if (reason.equals("NewReplicaSetAvailable")) {
            current(deployment).filter(set -> annotation(set, FAILED) != null).ifPresent(set -> mark(set, null));
        } else if (reason.equals("ProgressDeadlineExceeded")) {
            rollBack(deployment);
        }
    }

    /** The reason of the progress of what is wished now; empty if that is not known yet. */
    private static String settled(Deployment deployment) {
        var status = deployment.getStatus();
        if (status == null
                || status.getConditions() == null
                || status.getObservedGeneration() == null
                || status.getObservedGeneration() < deployment.getMetadata().getGeneration()) {
            return "";
        }
        return status.getConditions().stream()
                .filter(c -> c.getType().equals("Progressing"))
                .map(DeploymentCondition::getReason)
                .findFirst()
                .orElse("");
    }

    private List<ReplicaSet> owned(Deployment deployment) {
        return sets.byIndex(Pods.BY_CONTROLLER, deployment.getMetadata().getUid());
    }

    private Optional<ReplicaSet> current(Deployment deployment) {
        return owned(deployment).stream()
                .filter(set -> revision(set) == revision(deployment))
                .findFirst();
    }

    private void rollBack(Deployment deployment) {
        var current = current(deployment);
        if (current.isEmpty()) {
            return; // it will be seen
        }
        long failed = revision(deployment);
        var before = owned(deployment).stream()
                .filter(set -> revision(set) > 0 && revision(set) < failed && annotation(set, FAILED) == null)
                .max(Comparator.comparingLong(RollbackReconciler::revision));
        if (before.isEmpty()) {
            events.warning(
                    deployment,
                    "AutomaticRollbackRevisionNotFound",
                    "Revision " + failed + " missed its progress deadline, and there is none to go back to");
            return;
        }
        current.filter(set -> annotation(set, FAILED) == null).ifPresent(set -> mark(set, "true"));
        var template = new PodTemplateSpecBuilder(before.get().getSpec().getTemplate())
                .editMetadata()
                .removeFromLabels(HASH)
                .endMetadata()
                .build();
        // with the version that was looked at: whoever wishes something else in between is heard
        deploymentResource.update(new DeploymentBuilder(deployment)
                .editSpec()
                .withTemplate(template)
                .endSpec()
                .build());
        events.normal(
                deployment,
                "AutomaticRollback",
                "Rolled back to revision " + revision(before.get()) + ": revision " + failed
                        + " missed its progress deadline");
    }

    private void mark(ReplicaSet set, @Nullable String value) {
        var patch = Json.mapper().createObjectNode();
        var annotations = patch.putObject("metadata").putObject("annotations");
        if (value == null) {
            annotations.putNull(FAILED);
        } else {
            annotations.put(FAILED, value);
        }
        setResource.patch(set.getMetadata().getNamespace(), set.getMetadata().getName(), new Patch.Merge(patch));
    }
}

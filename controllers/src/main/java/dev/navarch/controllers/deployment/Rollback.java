package dev.navarch.controllers.deployment;

import dev.navarch.client.EventRecorder;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Goes back to an earlier revision when an annotation asks for it, as API versions of long ago did; {@code kubectl} goes
 * back without it. source: kubernetes pkg/controller/deployment/rollback.go.
 */
final class Rollback {
    static final String ANNOTATION = "deprecated.deployment.rollback.to";

    private final Resource<Deployment> resource;
    private final EventRecorder events;

    Rollback(Resource<Deployment> resource, EventRecorder events) {
        this.resource = resource;
        this.events = events;
    }

    /** The revision that is asked for, zero for the one before; what is no number is ignored. */
    static Optional<Long> wanted(Deployment deployment) {
        var text = Revisions.annotations(deployment).get(ANNOTATION);
        try {
            return Optional.ofNullable(text).filter(t -> !t.isEmpty()).map(Long::valueOf);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Carried out or not, it is asked for no longer afterwards. */
    void carryOut(Deployment deployment, List<ReplicaSet> all) {
        long asked = wanted(deployment).orElseThrow();
        long revision = asked == 0 ? last(all) : asked;
        if (revision == 0) {
            events.warning(deployment, "DeploymentRollbackRevisionNotFound", "Unable to find last revision.");
            update(deployment, Revisions.annotations(deployment));
            return;
        }
        var target = all.stream().filter(s -> Revisions.of(s) == revision).findFirst();
        if (target.isEmpty()) {
            events.warning(
                    deployment, "DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to.");
            update(deployment, Revisions.annotations(deployment));
            return;
        }
        var name = deployment.getMetadata().getName();
        var template = target.get().getSpec().getTemplate();
        if (TemplateHash.same(template, deployment.getSpec().getTemplate())) {
            events.warning(
                    deployment,
                    "DeploymentRollbackTemplateUnchanged",
                    "The rollback revision contains the same template as current deployment \"" + name + "\"");
            update(deployment, Revisions.annotations(deployment));
            return;
        }
        var old = new DeploymentBuilder(deployment)
                .editSpec()
                .withTemplate(TemplateHash.without(template))
                .endSpec()
                .build();
        update(old, Revisions.goingBack(deployment, target.get()));
        events.normal(
                deployment, "DeploymentRollback", "Rolled back deployment \"" + name + "\" to revision " + revision);
    }

    private void update(Deployment deployment, Map<String, String> annotations) {
        var left = new HashMap<>(annotations);
        left.remove(ANNOTATION);
        resource.update(new DeploymentBuilder(deployment)
                .editMetadata()
                .withAnnotations(left)
                .endMetadata()
                .build());
    }

    /** The second highest; zero if there is none. */
    private static long last(List<ReplicaSet> all) {
        return all.stream()
                .map(Revisions::of)
                .sorted(Comparator.reverseOrder())
                .skip(1)
                .findFirst()
                .orElse(0L);
    }
}

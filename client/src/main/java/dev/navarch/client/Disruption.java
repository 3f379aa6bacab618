package dev.navarch.client;

import dev.navarch.api.values.Timestamps;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Why a pod is ended by something else than itself, told by its condition {@code DisruptionTarget}.
 *
 * <p>source: kubernetes pkg/controller/tainteviction/taint_eviction.go (addConditionAndDeletePod) and pkg/api/v1/pod/util.go
 * (UpdatePodCondition).
 */
public record Disruption(String reason, String message) {
    private static final String TYPE = "DisruptionTarget";

    /** Says so in the pod's status and deletes it: this very pod, and no later one of its name. */
    public void end(Resource<Pod> pods, Pod pod, Instant now) {
        var meta = pod.getMetadata();
        if (!isSaid(pod)) {
            var patch = JsonNodeFactory.instance.objectNode();
            patch.putObject("metadata").put("uid", meta.getUid());
            patch.putObject("status").putArray("conditions").add(condition(pod, now));
            pods.patchStatusUnread(meta.getNamespace(), meta.getName(), new Patch.Strategic(patch));
        }
        pods.delete(meta.getNamespace(), meta.getName(), DeleteOptions.exactly(pod));
    }

    /** The pod's condition; if it is one already, since when it is stays. */
    public ObjectNode condition(Pod pod, Instant now) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", TYPE)
                .put("status", "True")
                .put("reason", reason)
                .put("message", message)
                .put(
                        "lastTransitionTime",
                        before(pod).map(PodCondition::getLastTransitionTime).orElseGet(() -> Timestamps.seconds(now)))
                .put("observedGeneration", pod.getMetadata().getGeneration());
    }

    private boolean isSaid(Pod pod) {
        return before(pod)
                .filter(c -> reason.equals(c.getReason())
                        && message.equals(c.getMessage())
                        && Objects.equals(
                                c.getObservedGeneration(), pod.getMetadata().getGeneration()))
                .isPresent();
    }

    private static Optional<PodCondition> before(Pod pod) {
        var status = pod.getStatus();
        return status == null || status.getConditions() == null
                ? Optional.empty()
                : status.getConditions().stream()
                        .filter(c -> TYPE.equals(c.getType()) && "True".equals(c.getStatus()))
                        .findFirst();
    }
}

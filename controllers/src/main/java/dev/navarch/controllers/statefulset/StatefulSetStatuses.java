package dev.navarch.controllers.statefulset;

import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatusBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is reported of a set. source: kubernetes pkg/controller/statefulset/stateful_set_control.go (updateStatus). */
final class StatefulSetStatuses {
    private StatefulSetStatuses() {}

    /**
     * @param pods all of the set
     * @param current names the revision that pods had before the update, if one goes on
     */
    static StatefulSetStatus of(
            StatefulSet set, List<Pod> pods, String current, String update, int collisions, Instant now) {
        int ready = 0;
        int available = 0;
        int old = 0;
        int updated = 0;
        for (var pod : pods) {
            ready += StatefulPods.isServing(pod) ? 1 : 0;
            available += StatefulPods.isAvailable(pod, set, now) ? 1 : 0;
            if (!Pods.isDeleting(pod)) {
                old += StatefulPods.revision(pod).equals(current) ? 1 : 0;
                updated += StatefulPods.revision(pod).equals(update) ? 1 : 0;
            }
        }
        int wished = StatefulPods.wished(set);
        boolean complete = StatefulPods.isRolling(set) && updated == wished && ready == wished && pods.size() == wished;
        var before = set.getStatus();
        return new StatefulSetStatusBuilder()
                .withObservedGeneration(set.getMetadata().getGeneration())
                .withReplicas(pods.size())
                .withReadyReplicas(positive(ready))
                .withAvailableReplicas(available)
                .withCurrentReplicas(positive(complete ? updated : old))
                .withUpdatedReplicas(positive(updated))
                .withCurrentRevision(complete ? update : current)
                .withUpdateRevision(update)
                .withCollisionCount(collisions)
                .withConditions(before == null ? List.of() : before.getConditions())
                .build();
    }

    /** Zero is not written, as upstream's serialization leaves it out. */
    private static @Nullable Integer positive(int count) {
        return count == 0 ? null : Integer.valueOf(count);
    }
}

package dev.navarch.controllers.tainteviction;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.Tolerations;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Until when a pod may stay on a node. source: kubernetes pkg/controller/tainteviction; unlike there, toleration counts
 * from the time at which the taint was added, so that a restart of the controller does not prolong it.
 */
final class TaintEvictionPlan {
    private TaintEvictionPlan() {}

    static List<Taint> expelling(Node node) {
        return node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints().stream()
                        .filter(t -> "NoExecute".equals(t.getEffect()))
                        .toList();
    }

    /** Empty: for ever. In the past: not at all. Of the tolerations of a taint the first one counts. */
    static Optional<Instant> deadline(Pod pod, List<Taint> taints, Instant now) {
        Optional<Instant> earliest = Optional.empty();
        var tolerations = pod.getSpec().getTolerations();
        for (var taint : taints) {
            var added = Optional.ofNullable(taint.getTimeAdded())
                    .flatMap(Timestamps::parse)
                    .orElse(now);
            var toleration = (tolerations == null ? List.<Toleration>of() : tolerations)
                    .stream().filter(t -> Tolerations.tolerates(t, taint)).findFirst();
            if (toleration.isEmpty()) {
                return Optional.of(Instant.EPOCH);
            }
            var until = toleration.map(Toleration::getTolerationSeconds).map(s -> added.plusSeconds(Math.max(0, s)));
            if (until.isPresent() && (earliest.isEmpty() || until.get().isBefore(earliest.get()))) {
                earliest = until;
            }
        }
        return earliest;
    }
}

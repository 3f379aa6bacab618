package dev.navarch.controllers;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Informer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What controllers ask of pods. source: kubernetes pkg/api/v1/pod/util.go and pkg/controller/controller_utils.go. */
public final class Pods {
    /** Index of an informer: the controller's uid, or {@code orphan/<namespace>}. */
    public static final String BY_CONTROLLER = "controller";

    /** Index of an informer of pods: the node's name, or empty. */
    public static final String BY_NODE = "node";

    private Pods() {}

    public static String phase(Pod pod) {
        var status = pod.getStatus();
        return status == null || status.getPhase() == null ? "" : status.getPhase();
    }

    public static boolean isDeleting(HasMetadata object) {
        return object.getMetadata().getDeletionTimestamp() != null;
    }

    public static boolean isTerminal(Pod pod) {
        return phase(pod).equals("Succeeded") || phase(pod).equals("Failed");
    }

    /** Counts as one of the wished-for replicas. */
    public static boolean isActive(Pod pod) {
        return !isTerminal(pod) && !isDeleting(pod);
    }

    public static Optional<PodCondition> condition(Pod pod, String type) {
        var status = pod.getStatus();
        return status == null || status.getConditions() == null
                ? Optional.empty()
                : status.getConditions().stream()
                        .filter(c -> type.equals(c.getType()))
                        .findFirst();
    }

    public static boolean isReady(Pod pod) {
        return condition(pod, "Ready").filter(c -> "True".equals(c.getStatus())).isPresent();
    }

    /** Since when the pod is ready; empty when it is not, or does not say. */
    public static Optional<Instant> readySince(Pod pod) {
        return condition(pod, "Ready")
                .filter(c -> "True".equals(c.getStatus()))
                .map(PodCondition::getLastTransitionTime)
                .flatMap(Timestamps::parse);
    }

    /** Ready for at least {@code minReady}. */
    public static boolean isAvailable(Pod pod, Duration minReady, Instant now) {
        if (!isReady(pod)) {
            return false;
        }
        return minReady.isZero()
                || readySince(pod)
                        .filter(since -> !since.plus(minReady).isAfter(now))
                        .isPresent();
    }

    /** How long until the first of these pods becomes available, if any will. */
    public static Optional<Duration> nextAvailable(List<Pod> pods, Duration minReady, Instant now) {
        return pods.stream()
                .filter(p -> !isAvailable(p, minReady, now))
                .flatMap(p -> readySince(p).stream())
                .map(since -> Duration.between(now, since.plus(minReady)))
                .min(Duration::compareTo);
    }

    public static String nodeName(Pod pod) {
        var spec = pod.getSpec();
        return spec == null || spec.getNodeName() == null ? "" : spec.getNodeName();
    }

    /** Adds {@link #BY_CONTROLLER} to an informer. */
    public static <T extends HasMetadata> void indexByController(Informer<T> informer) {
        informer.addIndex(
                BY_CONTROLLER,
                o -> List.of(ControllerRef.of(o)
                        .map(r -> r.getUid())
                        .orElse("orphan/" + o.getMetadata().getNamespace())));
    }

    /** Those that {@code owner} controls, and those in its namespace that nobody does. */
    public static <T extends HasMetadata> List<T> controlledOrOrphaned(Informer<T> informer, HasMetadata owner) {
        List<T> all = new ArrayList<>(
                informer.byIndex(BY_CONTROLLER, owner.getMetadata().getUid()));
        all.addAll(
                informer.byIndex(BY_CONTROLLER, "orphan/" + owner.getMetadata().getNamespace()));
        return all;
    }
}

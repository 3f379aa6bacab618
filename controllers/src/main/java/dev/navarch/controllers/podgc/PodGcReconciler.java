package dev.navarch.controllers.podgc;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Disruption;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.prometheus.metrics.core.metrics.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One round over all pods, every 20 seconds. A node must have been missing for 40 before its pods are removed. */
final class PodGcReconciler implements Reconciler<String> {
    private static final Logger log = LoggerFactory.getLogger(PodGcReconciler.class);
    private static final Duration PERIOD = Duration.ofSeconds(20);
    private static final Duration QUARANTINE = Duration.ofSeconds(40);

    private static final Disruption ORPHANED = new Disruption("DeletionByPodGC", "PodGC: node no longer exists");

    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final Resource<Pod> podResource;
    private final Resource<Node> nodeResource;
    private final WorkQueue<String> queue;
    private final TimeSource time;
    private final int threshold;
    private final Counter deletions;
    private final Counter errors;
    /** Nodes that pods name and that are not there, since when. Used by the one worker. */
    private final Map<String, Instant> missing = new HashMap<>();

    PodGcReconciler(ControllerContext context, Informer<Pod> pods, Informer<Node> nodes, WorkQueue<String> queue) {
        this.pods = pods;
        this.nodes = nodes;
        this.queue = queue;
        podResource = context.client().resource(Pod.class);
        nodeResource = context.client().resource(Node.class);
        time = context.time();
        threshold = context.settings().terminatedPods();
        deletions = context.metrics()
                .counter(
                        "pod_gc_collector_force_delete_pods_total",
                        "Pods that the collector deletes.",
                        "namespace",
                        "reason");
        errors = context.metrics()
                .counter(
                        "pod_gc_collector_force_delete_pod_errors_total",
                        "Pods that the collector could not delete.",
                        "namespace",
                        "reason");
    }

    @Override
    public void reconcile(String round) {
        try {
            var all = pods.list();
            PodGcPlan.terminated(all, threshold).forEach(p -> remove(p, "terminated", Optional.empty()));
            PodGcPlan.outOfService(all, this::isOutOfService)
                    .forEach(p -> remove(p, "out-of-service", Optional.empty()));
            orphaned(all).forEach(p -> remove(p, "orphaned", Optional.of(ORPHANED)));
            PodGcPlan.unscheduled(all).forEach(p -> remove(p, "unscheduled", Optional.empty()));
        } finally {
            queue.addAfter(round, PERIOD);
        }
    }

    private boolean isOutOfService(String node) {
        return nodes.get("", node)
                .filter(n -> n.getSpec() != null && n.getSpec().getTaints() != null)
                .filter(n -> n.getSpec().getTaints().stream()
                        .anyMatch(t -> t.getKey().equals("node.kubernetes.io/out-of-service")))
                .filter(n -> n.getStatus() != null && n.getStatus().getConditions() != null)
                .filter(n -> n.getStatus().getConditions().stream()
                        .noneMatch(c ->
                                c.getType().equals("Ready") && c.getStatus().equals("True")))
                .isPresent();
    }

    private List<Pod> orphaned(List<Pod> all) {
        var candidates = PodGcPlan.orphaned(all, name -> nodes.get("", name).isPresent());
        var names = candidates.stream().map(Pods::nodeName).distinct().toList();
        missing.keySet().retainAll(names);
        names.forEach(name -> missing.putIfAbsent(name, time.now()));
        Map<String, Boolean> gone = new HashMap<>();
        return candidates.stream()
                .filter(p -> gone.computeIfAbsent(Pods.nodeName(p), this::isGone))
                .toList();
    }

    /** The cache may lag: the server has the last word. */
    private boolean isGone(String node) {
        var since = missing.get(node);
        return since != null
                && !since.plus(QUARANTINE).isAfter(time.now())
                && nodeResource.get("", node).isEmpty();
    }

    private void remove(Pod pod, String reason, Optional<Disruption> disruption) {
        var meta = pod.getMetadata();
        deletions.labelValues(meta.getNamespace(), reason).inc();
        try {
            if (!Pods.isTerminal(pod)) {
                fail(pod, disruption);
            }
            podResource.delete(
                    meta.getNamespace(),
                    meta.getName(),
                    DeleteOptions.exactly(pod).grace(Duration.ZERO));
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) {
                errors.labelValues(meta.getNamespace(), reason).inc();
                log.warn("The pod {}/{} could not be removed: {}", meta.getNamespace(), meta.getName(), e.getMessage());
            }
        }
    }

    /** Its kubelet can't report any more, so that the end is written for it. */
    private void fail(Pod pod, Optional<Disruption> disruption) {
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
        var status = patch.putObject("status").put("phase", "Failed");
        disruption.ifPresent(why -> status.putArray("conditions").add(why.condition(pod, time.now())));
        podResource.patchStatus(
                pod.getMetadata().getNamespace(), pod.getMetadata().getName(), new Patch.Strategic(patch));
    }
}

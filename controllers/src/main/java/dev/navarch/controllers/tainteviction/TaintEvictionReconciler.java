package dev.navarch.controllers.tainteviction;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Disruption;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Deletes one pod when its time on its node is over, or comes back then. */
final class TaintEvictionReconciler implements Reconciler<Key> {
    private static final Disruption TAINT =
            new Disruption("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");

    private static final double[] LATENCIES = {0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 30, 60, 120, 180, 240};

    private final Informer<Pod> pods;
    private final Informer<Node> nodes;
    private final Resource<Pod> resource;
    private final EventRecorder events;
    private final WorkQueue<Key> queue;
    private final TimeSource time;
    /** Pods that have some time left. */
    private final Set<Key> waiting = ConcurrentHashMap.newKeySet();

    private final Counter deletions;
    private final Histogram latency;

    TaintEvictionReconciler(ControllerContext context, Informer<Pod> pods, Informer<Node> nodes, WorkQueue<Key> queue) {
        this.pods = pods;
        this.nodes = nodes;
        this.queue = queue;
        resource = context.client().resource(Pod.class);
        events = context.events();
        time = context.time();
        deletions = context.metrics()
                .counter("taint_eviction_controller_pod_deletions_total", "Pods deleted because of a taint.");
        latency = context.metrics()
                .histogram(
                        "taint_eviction_controller_pod_deletion_duration_seconds",
                        "From the end of a pod's time on a tainted node until it is deleted.",
                        LATENCIES);
    }

    @Override
    public void reconcile(Key key) {
        var found = pods.get(key);
        if (found.isEmpty()) {
            stay(key);
            return;
        }
        var pod = found.get();
        var node = nodes.get("", Pods.nodeName(pod));
        if (node.isEmpty() || !Pods.isActive(pod)) {
            return;
        }
        var deadline = TaintEvictionPlan.deadline(pod, TaintEvictionPlan.expelling(node.get()), time.now());
        if (deadline.isEmpty()) {
            stay(key);
            return;
        }
        var left = Duration.between(time.now(), deadline.get());
        if (left.isPositive()) {
            waiting.add(key);
            queue.addAfter(key, left);
        } else {
            waiting.remove(key);
            evict(pod, deadline.get());
        }
    }

    /** Nothing is to be done about a pod any more. */
    private void stay(Key key) {
        if (waiting.remove(key)) {
            var pod = new PodBuilder()
                    .withNewMetadata()
                    .withNamespace(key.namespace())
                    .withName(key.name())
                    .endMetadata()
                    .build();
            events.normal(
                    pod, "TaintManagerEviction", "Cancelling deletion of Pod " + key.namespace() + "/" + key.name());
        }
    }

    private void evict(Pod pod, Instant deadline) {
        var meta = pod.getMetadata();
        events.normal(
                pod, "TaintManagerEviction", "Marking for deletion Pod " + meta.getNamespace() + "/" + meta.getName());
        try {
            TAINT.end(resource, pod, time.now());
            deletions.inc();
            latency.observe(ControllerMetrics.seconds(Duration.between(deadline, time.now())));
        } catch (ApiFailure e) {
            if (!e.notFound() && !e.conflict()) {
                throw e;
            }
        }
    }
}

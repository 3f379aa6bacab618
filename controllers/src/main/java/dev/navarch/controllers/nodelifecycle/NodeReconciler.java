package dev.navarch.controllers.nodelifecycle;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.Pods;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round over all nodes, every 5 seconds and after a node changed. A node is silent when neither its lease nor its
 * Ready condition changed for the grace period on this controller's own clock.
 */
final class NodeReconciler implements Reconciler<String> {
    private static final Logger log = LoggerFactory.getLogger(NodeReconciler.class);
    private static final int MOST_TRIES = 5;
    private static final String LEASES = "kube-node-lease";

    private final Informer<Node> nodes;
    private final Informer<Lease> leases;
    private final Informer<Pod> pods;
    private final Resource<Node> nodeResource;
    private final Resource<Pod> podResource;
    private final EventRecorder events;
    private final WorkQueue<String> queue;
    private final TimeSource time;
    private final ControllerSettings settings;

    /** Used by the one worker. */
    private final Map<String, Heard> heard = new HashMap<>();

    /** By zone. */
    private final Map<String, Long> lastEviction = new HashMap<>();

    private final NodeMetrics metrics;
    private boolean disrupted;

    /** @param signs of life as last seen */
    private record Heard(String uid, List<String> signs, long at) {}

    NodeReconciler(
            ControllerContext context,
            Informer<Node> nodes,
            Informer<Lease> leases,
            Informer<Pod> pods,
            WorkQueue<String> queue) {
        this.nodes = nodes;
        this.leases = leases;
        this.pods = pods;
        this.queue = queue;
        nodeResource = context.client().resource(Node.class);
        podResource = context.client().resource(Pod.class);
        events = context.events();
        time = context.time();
        settings = context.settings();
        metrics = new NodeMetrics(context.metrics());
    }

    @Override
    public void reconcile(String round) {
        try {
            long start = time.nanoTime();
            var all = nodes.list();
            forget(all);
            List<Node> judged = new ArrayList<>();
            for (var node : all) {
                long begun = time.nanoTime();
                attempt(node, () -> judged.add(judge(node)));
                metrics.judgedOne(time.nanoTime() - begun);
            }
            var zones = judged.stream()
                    .collect(Collectors.groupingBy(
                            Zone::key, Collectors.collectingAndThen(Collectors.toList(), Zone::of)));
            metrics.show(zones);
            look(zones);
            judged.forEach(n -> attempt(n, () -> act(n, zones)));
            metrics.judgedAll(time.nanoTime() - start);
        } finally {
            queue.addAfter(round, settings.nodeMonitorPeriod());
        }
    }

    private void forget(List<Node> all) {
        var there = all.stream().map(n -> n.getMetadata().getName()).collect(Collectors.toSet());
        heard.entrySet().removeIf(e -> {
            boolean gone = !there.contains(e.getKey());
            if (gone) {
                var node = new NodeBuilder()
                        .withNewMetadata()
                        .withName(e.getKey())
                        .withUid(e.getValue().uid)
                        .endMetadata()
                        .build();
                var text = "Node " + e.getKey();
                events.normal(node, "RemovingNode", text + " event: Removing " + text + " from Controller");
            }
            return gone;
        });
    }

    /** With no node ready at all the fault is more likely in between: nothing is moved then, and afterwards each has time. */
    private void look(Map<String, Zone> zones) {
        boolean before = disrupted;
        disrupted = zones.values().stream().allMatch(zone -> zone.state() == Zone.State.FULL);
        if (before && !disrupted) {
            heard.replaceAll((_, last) -> new Heard(last.uid, last.signs, time.nanoTime()));
        }
    }

    /** What fails for one node must not keep the others waiting; the next round tries again. */
    private static void attempt(Node node, Runnable action) {
        try {
            action.run();
        } catch (ApiFailure e) {
            if (!e.conflict() && !e.notFound()) {
                log.warn(
                        "The node {} could not be updated: {}",
                        node.getMetadata().getName(),
                        e.getMessage());
            }
        }
    }

    private void act(Node node, Map<String, Zone> zones) {
        label(node);
        taint(node, zones.get(Zone.key(node)));
        if (Taints.condition(node, "Ready").equals("Unknown")) {
            markPods(node); // of a node that says that it is not ready, the kubelet tells how its pods are
        }
    }

    /** Labels that were beta for long say what the stable ones do. */
    private void label(Node node) {
        var missing = NodePlan.betaLabels(node);
        if (!missing.isEmpty()) {
            var patch = Json.mapper().createObjectNode();
            var meta = patch.putObject("metadata").put("uid", node.getMetadata().getUid());
            missing.forEach(meta.putObject("labels")::put);
            nodeResource.patch("", node.getMetadata().getName(), new Patch.Merge(patch));
        }
    }

    /** Marks the node's conditions unknown if it is silent. */
    private Node judge(Node node) {
        var name = node.getMetadata().getName();
        var signs = signs(node);
        var before = heard.get(name);
        long now = time.nanoTime();
        if (before == null || !before.uid.equals(node.getMetadata().getUid())) {
            events.normal(
                    node, "RegisteredNode", "Node " + name + " event: Registered Node " + name + " in Controller");
        }
        if (before == null || !before.uid.equals(node.getMetadata().getUid()) || !before.signs.equals(signs)) {
            before = new Heard(node.getMetadata().getUid(), signs, now);
            heard.put(name, before);
        }
        var grace = NodePlan.ready(node).isPresent() ? settings.nodeGrace() : settings.nodeStartupGrace();
        if (now - before.at <= grace.toNanos()) {
            return node;
        }
        var conditions = NodePlan.silent(node, time.now());
        if (conditions.isEmpty()) {
            return node;
        }
        boolean wasReady = Taints.condition(node, "Ready").equals("True");
        var updated = nodeResource.updateStatus(new NodeBuilder(node)
                .editOrNewStatus()
                .withConditions(conditions.get())
                .endStatus()
                .build());
        if (wasReady) {
            events.normal(node, "NodeNotReady", "Node " + name + " status is now: NodeNotReady");
        }
        // the controller's own write is no sign of life
        heard.put(name, new Heard(before.uid, signs(updated), before.at));
        return updated;
    }

    private List<String> signs(Node node) {
        var lease = leases.get(LEASES, node.getMetadata().getName());
        var renewed = lease.filter(l -> l.getSpec() != null)
                .map(l -> String.valueOf(l.getSpec().getRenewTime()))
                .orElse("");
        var ready = NodePlan.ready(node);
        return List.of(
                renewed,
                ready.map(c -> String.valueOf(c.getLastHeartbeatTime())).orElse(""),
                ready.map(c -> String.valueOf(c.getStatus())).orElse(""));
    }

    /**
     * New nodes are kept free of pods until their first taint goes, so one that somebody else has written meanwhile is
     * read again rather than left to the next round (source: kubernetes pkg/util/taints and
     * pkg/controller/util/node/controller_utils.go, SwapNodeControllerTaint).
     */
    private void taint(Node node, Zone zone) {
        for (int tries = 1; ; tries++) {
            try {
                taintAsRead(node, zone);
                return;
            } catch (ApiFailure e) {
                if (!e.conflict() || tries == MOST_TRIES) {
                    throw e;
                }
                var uid = node.getMetadata().getUid();
                node = nodeResource
                        .get("", node.getMetadata().getName())
                        .filter(n -> n.getMetadata().getUid().equals(uid))
                        .orElseThrow(() -> e);
            }
        }
    }

    private void taintAsRead(Node node, Zone zone) {
        var key = Zone.key(node);
        var last = lastEviction.get(key);
        boolean mayEvict = zone.pause()
                .filter(pause -> last == null || time.nanoTime() - last >= pause.toNanos())
                .isPresent();
        var wanted = Taints.wanted(node, mayEvict, disrupted, time.now());
        if (wanted.equals(Taints.of(node))) {
            return;
        }
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata")
                .put("uid", node.getMetadata().getUid())
                .put("resourceVersion", node.getMetadata().getResourceVersion());
        patch.putObject("spec").set("taints", Json.mapper().valueToTree(wanted));
        var updated = nodeResource.patch("", node.getMetadata().getName(), new Patch.Merge(patch));
        if (Taints.evicted(updated) && !Taints.evicted(node)) {
            lastEviction.put(key, time.nanoTime());
            metrics.evicted(key);
        }
    }

    /** Takes the pods of a lost node out of service. */
    private void markPods(Node node) {
        for (var pod : pods.byIndex(Pods.BY_NODE, node.getMetadata().getName())) {
            if (!Pods.isReady(pod)) {
                continue;
            }
            var patch = Json.mapper().createObjectNode();
            patch.putObject("metadata").put("uid", pod.getMetadata().getUid());
            var condition = patch.putObject("status").putArray("conditions").addObject();
            condition.put("type", "Ready").put("status", "False");
            condition.put("lastTransitionTime", Timestamps.seconds(time.now()));
            condition.put("observedGeneration", pod.getMetadata().getGeneration());
            try {
                podResource.patchStatus(
                        pod.getMetadata().getNamespace(), pod.getMetadata().getName(), new Patch.Strategic(patch));
                events.warning(pod, "NodeNotReady", "Node is not ready");
            } catch (ApiFailure e) {
                if (!e.notFound() && !e.conflict() && !Objects.equals(e.code(), 422)) {
                    throw e;
                }
            }
        }
    }
}

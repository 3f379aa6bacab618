package dev.navarch.controllers.nodeipam;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Gives nodes that know none a range of addresses for their pods. source: kubernetes
 * pkg/controller/nodeipam/ipam/range_allocator.go.
 */
public final class NodeIpamController {
    private final String range;
    private final NodeBlocks blocks;
    private final Informer<Node> nodes;
    private final Resource<Node> resource;
    private final EventRecorder events;
    private final Counter allocations;
    private final Gauge usage;
    /** Given lately, by node, until the cache shows them. Used by the one worker. */
    private final Map<String, String> given = new HashMap<>();

    private NodeIpamController(ControllerContext context, String range) {
        this.range = range;
        blocks = NodeBlocks.parse(range);
        nodes = context.informer(Node.class);
        resource = context.client().resource(Node.class);
        events = context.events();
        allocations = context.metrics()
                .counter(
                        "node_ipam_controller_cidrset_cidrs_allocations_total",
                        "Ranges that were given to nodes.",
                        "clusterCIDR");
        usage = context.metrics()
                .gauge(
                        "node_ipam_controller_cidrset_usage_cidrs",
                        "Which part of the ranges nodes have, from 0 to 1.",
                        "clusterCIDR");
    }

    /** @param range of all pods' addresses, such as {@code 10.244.0.0/16} */
    public static Controller create(ControllerContext context, String range) {
        WorkQueue<Key> queue = context.queue("cidrallocator_node");
        var controller = new NodeIpamController(context, range);
        controller.nodes.addHandler(new Handler<>() {
            @Override
            public void added(Node node) {
                if (block(node).isEmpty()) {
                    queue.add(Key.of(node));
                }
            }

            @Override
            public void updated(Node before, Node now) {
                added(now);
            }

            /** What it had may be what others wait for. */
            @Override
            public void deleted(Node last) {
                controller.nodes.list().forEach(this::added);
            }
        });
        return Controller.of(new ControllerLoop<>("node-ipam", queue, 1, controller::reconcile));
    }

    private static String block(Node node) {
        var block = node.getSpec() == null ? null : node.getSpec().getPodCIDR();
        return block == null ? "" : block;
    }

    private void reconcile(Key key) {
        var found = nodes.get(key)
                .filter(node -> !Pods.isDeleting(node) && block(node).isEmpty());
        if (found.isEmpty() || given.containsKey(key.name())) {
            return;
        }
        var used = used();
        var free = blocks.free(used);
        if (free.isEmpty()) {
            events.normal(found.get(), "CIDRNotAvailable", "Node " + key.name() + " status is now: CIDRNotAvailable");
            throw new IllegalStateException("no range of " + range + " is left for node " + key.name());
        }
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", found.get().getMetadata().getUid());
        patch.putObject("spec").put("podCIDR", free.get()).putArray("podCIDRs").add(free.get());
        resource.patch("", key.name(), new Patch.Merge(patch));
        given.put(key.name(), free.get());
        allocations.labelValues(range).inc();
        usage.labelValues(range).set((used.size() + 1.0) / blocks.count());
    }

    private Set<String> used() {
        Set<String> used = new HashSet<>();
        Set<String> present = new HashSet<>();
        for (var node : nodes.list()) {
            present.add(node.getMetadata().getName());
            if (!block(node).isEmpty()) {
                used.add(block(node));
                given.remove(node.getMetadata().getName());
            }
        }
        given.keySet().retainAll(present);
        used.addAll(given.values());
        return used;
    }
}

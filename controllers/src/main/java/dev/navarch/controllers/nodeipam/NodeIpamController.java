package dev.navarch.controllers.nodeipam;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
    private final Counter releases;
    private final Gauge usage;
    /** By node, until the cache shows it. Of the one worker, but for what is taken out when a node goes. */
    private final Map<String, Given> given = new ConcurrentHashMap<>();
    /** Whether the server was asked what nodes have; the cache may have begun with an older state. */
    private boolean asked;

    /** @param sure whether the server has said that it took it */
    private record Given(String uid, String block, boolean sure) {}

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
        releases = context.metrics()
                .counter(
                        "node_ipam_controller_cidrset_cidrs_releases_total",
                        "Ranges of nodes that are gone.",
                        "clusterCIDR");
        usage = context.metrics()
                .gauge(
                        "node_ipam_controller_cidrset_usage_cidrs",
                        "Which part of the ranges nodes have, from 0 to 1.",
                        "clusterCIDR");
        context.metrics()
                .gauge("node_ipam_controller_cirdset_max_cidrs", "How many ranges there are for nodes.", "clusterCIDR")
                .labelValues(range)
                .set(blocks.count());
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
                controller.given.remove(last.getMetadata().getName());
                if (!block(last).isEmpty()) {
                    controller.releases.labelValues(range).inc();
                }
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
        if (found.isEmpty()) {
            return;
        }
        ask();
        var uid = found.get().getMetadata().getUid();
        var before = Optional.ofNullable(given.get(key.name())).filter(g -> uid.equals(g.uid));
        if (before.filter(Given::sure).isPresent()) {
            return;
        }
        var used = used();
        var block = before.map(Given::block).or(() -> free(used));
        if (block.isEmpty()) {
            events.normal(found.get(), "CIDRNotAvailable", "Node " + key.name() + " status is now: CIDRNotAvailable");
            throw new IllegalStateException("no range of " + range + " is left for node " + key.name());
        }
        give(key.name(), uid, block.get());
        used.add(block.get());
        usage.labelValues(range).set((double) used.size() / blocks.count());
    }

    private void ask() {
        if (asked) {
            return;
        }
        for (var node : resource.list(ListQuery.all()).items()) {
            if (!block(node).isEmpty()) {
                var meta = node.getMetadata();
                given.put(meta.getName(), new Given(meta.getUid(), block(node), true));
            }
        }
        asked = true;
    }

    /** A block is nobody else's while it isn't known whether it was taken. */
    private void give(String node, String uid, String block) {
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", uid);
        patch.putObject("spec").put("podCIDR", block).putArray("podCIDRs").add(block);
        given.put(node, new Given(uid, block, false));
        try {
            resource.patch("", node, new Patch.Merge(patch));
        } catch (ApiFailure e) {
            if (e.code() < 500) {
                given.remove(node);
            }
            if (e.notFound()) {
                return;
            }
            throw e;
        }
        given.put(node, new Given(uid, block, true));
        allocations.labelValues(range).inc();
    }

    /** Only when nothing is left, those count no more that the cache doesn't show: it may be late. */
    private Optional<String> free(Set<String> used) {
        var free = blocks.free(used);
        if (free.isEmpty()) {
            given.keySet().removeIf(name -> nodes.get("", name).isEmpty());
            return blocks.free(used());
        }
        return free;
    }

    private Set<String> used() {
        Set<String> used = new HashSet<>();
        for (var node : nodes.list()) {
            if (!block(node).isEmpty()) {
                used.add(block(node));
                given.remove(node.getMetadata().getName());
            }
        }
        given.values().forEach(g -> used.add(g.block));
        return used;
    }
}

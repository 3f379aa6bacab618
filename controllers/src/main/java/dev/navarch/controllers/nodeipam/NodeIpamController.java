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
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.PodRanges;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.Node;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gives nodes that know none a range of addresses for their pods. source: kubernetes
 * pkg/controller/nodeipam/ipam/range_allocator.go.
 */
public final class NodeIpamController {
    private final List<NodeBlocks> ranges;
    /** By range, where to look for the next. */
    private final int[] next;

    private final Informer<Node> nodes;
    private final Resource<Node> resource;
    private final EventRecorder events;
    private final Counter allocations;
    private final Counter releases;
    private final Gauge usage;
    private final Histogram tries;
    /** By node, until the cache shows it. Of the one worker, but for what is taken out when a node goes. */
    private final Map<String, Given> given = new ConcurrentHashMap<>();
    /** Whether the server was asked what nodes have; the cache may have begun with an older state. */
    private boolean asked;

    /** @param sure whether the server has said that it took it */
    private record Given(String uid, List<String> blocks, boolean sure) {}

    private NodeIpamController(ControllerContext context, PodRanges podRanges) {
        ranges = podRanges.ranges().stream()
                .map(range -> NodeBlocks.parse(range, podRanges))
                .toList();
        next = new int[ranges.size()];
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
        tries = context.metrics()
                .histogram(
                        "node_ipam_controller_cidrset_allocation_tries_per_request",
                        "Ranges that were looked at and taken before one was found.",
                        ControllerMetrics.exponential(1, 5, 5),
                        "clusterCIDR");
        var most = context.metrics()
                .gauge("node_ipam_controller_cirdset_max_cidrs", "How many ranges there are for nodes.", "clusterCIDR");
        ranges.forEach(range -> most.labelValues(range.text()).set(range.count()));
    }

    /** @param podRanges of all pods' addresses */
    public static Controller create(ControllerContext context, PodRanges podRanges) {
        WorkQueue<Key> queue = context.queue("cidrallocator_node");
        var controller = new NodeIpamController(context, podRanges);
        controller.nodes.addHandler(new Handler<>() {
            @Override
            public void added(Node node) {
                if (blocks(node).isEmpty()) {
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
                int of = Math.min(blocks(last).size(), controller.ranges.size());
                for (int i = 0; i < of; i++) {
                    controller
                            .releases
                            .labelValues(controller.ranges.get(i).text())
                            .inc();
                }
                controller.nodes.list().forEach(this::added);
            }
        });
        return Controller.of(new ControllerLoop<>("node-ipam", queue, 1, controller::reconcile));
    }

    /** In the order of the cluster's ranges. */
    private static List<String> blocks(Node node) {
        var spec = node.getSpec();
        if (spec == null) {
            return List.of();
        }
        if (spec.getPodCIDRs() != null && !spec.getPodCIDRs().isEmpty()) {
            return spec.getPodCIDRs();
        }
        return spec.getPodCIDR() == null || spec.getPodCIDR().isEmpty() ? List.of() : List.of(spec.getPodCIDR());
    }

    private void reconcile(Key key) {
        var found = nodes.get(key)
                .filter(node -> !Pods.isDeleting(node) && blocks(node).isEmpty());
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
        var blocks = before.map(Given::blocks).or(() -> free(used));
        if (blocks.isEmpty()) {
            events.normal(found.get(), "CIDRNotAvailable", "Node " + key.name() + " status is now: CIDRNotAvailable");
            throw new IllegalStateException("no ranges are left for node " + key.name());
        }
        give(key.name(), uid, blocks.get());
        used.addAll(blocks.get());
        for (int i = 0; i < ranges.size(); i++) {
            int nodeBits = ranges.get(i).nodeBits();
            int width = ranges.get(i).width();
            long taken = used.stream()
                    .filter(block -> block.endsWith("/" + nodeBits) && block.contains(":") == (width > Integer.SIZE))
                    .count();
            usage.labelValues(ranges.get(i).text())
                    .set((double) taken / ranges.get(i).count());
        }
    }

    private void ask() {
        if (asked) {
            return;
        }
        for (var node : resource.list(ListQuery.all()).items()) {
            if (!blocks(node).isEmpty()) {
                var meta = node.getMetadata();
                given.put(meta.getName(), new Given(meta.getUid(), blocks(node), true));
            }
        }
        asked = true;
    }

    /** A block is nobody else's while it isn't known whether it was taken. */
    private void give(String node, String uid, List<String> blocks) {
        var patch = Json.mapper().createObjectNode();
        patch.putObject("metadata").put("uid", uid);
        var spec = patch.putObject("spec").put("podCIDR", blocks.getFirst());
        blocks.forEach(spec.putArray("podCIDRs")::add);
        given.put(node, new Given(uid, blocks, false));
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
        given.put(node, new Given(uid, blocks, true));
        ranges.forEach(range -> allocations.labelValues(range.text()).inc());
    }

    /** Only when nothing is left, those count no more that the cache doesn't show: it may be late. */
    private Optional<List<String>> free(Set<String> used) {
        var free = ofEach(used);
        if (free.isEmpty()) {
            given.keySet().removeIf(name -> nodes.get("", name).isEmpty());
            return ofEach(used());
        }
        return free;
    }

    /** One of each range, or none. */
    private Optional<List<String>> ofEach(Set<String> used) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < ranges.size(); i++) {
            var block = ranges.get(i).free(used, next[i]);
            if (block.isEmpty()) {
                return Optional.empty();
            }
            next[i] = block.get().index() + 1;
            tries.labelValues(ranges.get(i).text()).observe(block.get().tries());
            all.add(block.get().text());
        }
        return Optional.of(all);
    }

    private Set<String> used() {
        Set<String> used = new HashSet<>();
        for (var node : nodes.list()) {
            var blocks = blocks(node);
            if (!blocks.isEmpty()) {
                used.addAll(blocks);
                given.remove(node.getMetadata().getName());
            }
        }
        given.values().forEach(g -> used.addAll(g.blocks));
        return used;
    }
}

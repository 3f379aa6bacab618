package dev.navarch.controllers.attachdetach;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.ControllerMetrics;
import dev.navarch.controllers.StorageOperations;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.AttachedVolume;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.prometheus.metrics.core.metrics.Gauge;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Brings the attachments of one node to what its pods need. The node's status tells the kubelet what is attached; a volume
 * leaves it before it is detached, and is not detached while the kubelet says that it is in use, unless the node is out of
 * service, or has been unhealthy for as long as one waits.
 *
 * <p>source: kubernetes pkg/controller/volume/attachdetach/reconciler/reconciler.go.
 */
final class AttachDetachReconciler {
    /** source: kubernetes pkg/controller/volume/attachdetach (DefaultTimerConfig, ReconcilerMaxWaitForUnmountDuration). */
    private static final Duration MAX_WAIT_FOR_UNMOUNT = Duration.ofMinutes(6);

    private static final String PLUGIN = "kubernetes.io/csi:";

    private final TimeSource time;
    private final Informer<Node> nodes;
    private final Informer<PersistentVolume> volumes;
    private final Attachments attachments;
    private final NodeVolumes needs;
    private final WorkQueue<String> queue;
    private final Resource<VolumeAttachment> resource;
    private final Resource<Node> nodeResource;
    private final EventRecorder events;
    private final Gauge forced;
    /** By attachment, since when it has not been needed. */
    private final Map<String, Instant> unneeded = new HashMap<>();
    /** The attachments whose success has been told. */
    private final Set<String> told = new TreeSet<>();
    /** By attachment, when it was to be detached, and from what. */
    private final Map<String, Detaching> detaching = new HashMap<>();
    /** By attachment, when it last could not be attached. */
    private final Map<String, String> failures = new HashMap<>();

    private final StorageOperations operations;

    private record Detaching(Instant since, String driver) {}

    AttachDetachReconciler(
            ControllerContext context,
            Informer<Node> nodes,
            Informer<PersistentVolume> volumes,
            Attachments attachments,
            NodeVolumes needs,
            WorkQueue<String> queue) {
        time = context.time();
        this.nodes = nodes;
        this.volumes = volumes;
        this.attachments = attachments;
        this.needs = needs;
        this.queue = queue;
        resource = context.client().resource(VolumeAttachment.class);
        nodeResource = context.client().resource(Node.class);
        events = context.events();
        operations = new StorageOperations(context);
        forced = context.metrics()
                .gauge(
                        "attach_detach_controller_attachdetach_controller_forced_detaches",
                        "Volumes that were detached though the node had not said that it may be.",
                        "reason");
        context.metrics()
                .gauges(
                        "attachdetach_controller_total_volumes",
                        "Volumes by driver.",
                        this::count,
                        "plugin_name",
                        "state");
        context.metrics()
                .gauges(
                        "storage_count_attachable_volumes_in_use",
                        "Volumes that pods use, by node and driver.",
                        this::countUses,
                        "node",
                        "volume_plugin");
    }

    private void countUses(ControllerMetrics.Numbers numbers) {
        for (var node : nodes.list()) {
            Map<String, Integer> uses = new HashMap<>();
            needs.wanted(node).forEach((volume, pods) -> uses.merge(volume.driver(), pods.size(), Integer::sum));
            uses.forEach(
                    (driver, count) -> numbers.take(count, node.getMetadata().getName(), PLUGIN + driver));
        }
    }

    /** source: kubernetes pkg/controller/volume/attachdetach/metrics/metrics.go. */
    private void count(ControllerMetrics.Numbers numbers) {
        Map<String, Integer> wanted = new HashMap<>();
        Map<String, Integer> there = new HashMap<>();
        for (var node : nodes.list()) {
            needs.wanted(node).keySet().forEach(volume -> wanted.merge(volume.driver(), 1, Integer::sum));
            present(node.getMetadata().getName()).keySet().forEach(v -> there.merge(v.driver(), 1, Integer::sum));
        }
        wanted.forEach((driver, count) -> numbers.take(count, PLUGIN + driver, "desired_state_of_world"));
        there.forEach((driver, count) -> numbers.take(count, PLUGIN + driver, "actual_state_of_world"));
    }

    void reconcile(String name) {
        var node = nodes.get("", name);
        Map<Attachable, List<Pod>> wanted = node.map(needs::wanted).orElse(Map.of());
        var present = present(name);
        forget();
        List<VolumeAttachment> toDetach = new ArrayList<>();
        for (var entry : present.entrySet()) {
            var attachment = entry.getValue();
            if (wanted.containsKey(entry.getKey())) {
                unneeded.remove(attachment.getMetadata().getName());
            } else if (mayDetach(entry.getKey(), attachment, node)) {
                toDetach.add(attachment);
            }
        }
        node.ifPresent(n -> tell(n, present, toDetach));
        toDetach.forEach(this::detach);
        wanted.forEach((volume, pods) -> {
            var attachment = present.get(volume);
            if (attachment == null) {
                attach(volume, pods, name);
            } else {
                report(volume, pods, attachment, node.orElseThrow());
            }
        });
    }

    /** The attachments of the node that are ours. */
    private Map<Attachable, VolumeAttachment> present(String node) {
        Map<Attachable, VolumeAttachment> present = new LinkedHashMap<>();
        for (var attachment : attachments.ofNode(node)) {
            volumes.get("", String.valueOf(attachment.getSpec().getSource().getPersistentVolumeName()))
                    .filter(v -> v.getSpec().getCsi() != null)
                    .map(Attachable::of)
                    .filter(v -> v.isBy(attachment))
                    .ifPresent(v -> present.put(v, attachment));
        }
        return present;
    }

    /** What is noted of attachments that are gone. */
    private void forget() {
        unneeded.keySet().removeIf(a -> !attachments.exists(a));
        told.removeIf(a -> !attachments.exists(a));
        failures.keySet().removeIf(a -> !attachments.exists(a));
        detaching.entrySet().removeIf(entry -> {
            boolean gone = !attachments.exists(entry.getKey());
            if (gone) {
                operations.ended("volume_detach", PLUGIN + entry.getValue().driver, true, entry.getValue().since);
            }
            return gone;
        });
    }

    private boolean mayDetach(Attachable volume, VolumeAttachment attachment, Optional<Node> node) {
        var name = attachment.getMetadata().getName();
        var since = unneeded.computeIfAbsent(name, _ -> time.now());
        if (node.isEmpty()) {
            return true;
        }
        if (NodeState.isOutOfService(node.get())) {
            return force(attachment, "node-out-of-service");
        }
        // the cache may lag behind what the kubelet has said
        if (!NodeState.inUse(node.get()).contains(volume.uniqueName())
                && nodeResource
                        .get("", node.get().getMetadata().getName())
                        .filter(n -> NodeState.inUse(n).contains(volume.uniqueName()))
                        .isEmpty()) {
            return true;
        }
        var left = Duration.between(time.now(), since.plus(MAX_WAIT_FOR_UNMOUNT));
        if (left.isPositive()) {
            queue.addAfter(attachment.getSpec().getNodeName(), left);
            return false;
        }
        return !NodeState.isHealthy(node.get()) && force(attachment, "timeout");
    }

    /** Returns true. One that goes already is not counted again. */
    private boolean force(VolumeAttachment attachment, String why) {
        if (attachment.getMetadata().getDeletionTimestamp() == null) {
            forced.labelValues(why).inc();
        }
        return true;
    }

    private void detach(VolumeAttachment attachment) {
        if (attachment.getMetadata().getDeletionTimestamp() != null) {
            return; // the driver's attacher is at it
        }
        var name = attachment.getMetadata().getName();
        var first = new Detaching(time.now(), attachment.getSpec().getAttacher());
        boolean begins = detaching.putIfAbsent(name, first) == null;
        try {
            resource.delete("", name, DeleteOptions.none());
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
            if (begins) {
                detaching.remove(name); // it was gone already, and is not measured again
            }
        }
    }

    private void attach(Attachable volume, List<Pod> pods, String node) {
        if (!volume.shared()) {
            var elsewhere = attachments.ofVolume(volume.volume()).stream()
                    .map(a -> a.getSpec().getNodeName())
                    .filter(n -> !n.equals(node))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!elsewhere.isEmpty()) {
                refuse(volume, pods, elsewhere);
                return;
            }
        }
        try {
            attachments.made(resource.create(volume.attachment(node)));
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                throw e;
            }
        }
    }

    /** Tells pods, each in words that do not name those of other namespaces, whom they wait for. */
    private void refuse(Attachable volume, List<Pod> pods, Set<String> elsewhere) {
        var others = elsewhere.stream()
                .flatMap(n -> nodes.get("", n).stream())
                .flatMap(n -> needs.users(volume, n).stream())
                .toList();
        for (var pod : pods) {
            events.warning(pod, "FailedAttachVolume", volume.about("Multi-Attach error") + blame(pod, others));
        }
    }

    private static String blame(Pod pod, List<Pod> others) {
        if (others.isEmpty()) {
            return "Volume is already exclusively attached to one node and can't be attached to another";
        }
        var namespace = pod.getMetadata().getNamespace();
        var near = others.stream()
                .filter(o -> o.getMetadata().getNamespace().equals(namespace))
                .map(o -> o.getMetadata().getName())
                .sorted()
                .toList();
        int far = others.size() - near.size();
        if (near.isEmpty()) {
            return "Volume is already used by " + far + " pod(s) in different namespaces";
        }
        return "Volume is already used by pod(s) " + String.join(", ", near)
                + (far == 0 ? "" : " and " + far + " pod(s) in different namespaces");
    }

    private void report(Attachable volume, List<Pod> pods, VolumeAttachment attachment, Node node) {
        if (Attachable.isAttached(attachment)) {
            boolean known = NodeState.attached(node).stream()
                    .anyMatch(v -> volume.uniqueName().equals(v.getName()));
            if (told.add(attachment.getMetadata().getName()) && !known) {
                operations.ended("volume_attach", PLUGIN + volume.driver(), true, made(attachment));
                pods.forEach(
                        p -> events.normal(p, "SuccessfulAttachVolume", volume.about("AttachVolume.Attach succeeded")));
            }
            return;
        }
        var error =
                attachment.getStatus() == null ? null : attachment.getStatus().getAttachError();
        if (error != null) {
            var when = String.valueOf(error.getTime());
            if (!when.equals(failures.put(attachment.getMetadata().getName(), when))) {
                operations.ended("volume_attach", PLUGIN + volume.driver(), false, made(attachment));
            }
            pods.forEach(p -> events.warning(
                    p, "FailedAttachVolume", volume.about("AttachVolume.Attach failed") + ": " + error.getMessage()));
        }
    }

    private Instant made(VolumeAttachment attachment) {
        var created = attachment.getMetadata().getCreationTimestamp();
        return created == null ? time.now() : Instant.parse(created);
    }

    /** Brings the node's list of attached volumes to what is attached and stays so. */
    private void tell(Node node, Map<Attachable, VolumeAttachment> present, List<VolumeAttachment> toDetach) {
        var attached = present.entrySet().stream()
                .filter(e -> Attachable.isAttached(e.getValue()) && !toDetach.contains(e.getValue()))
                .map(e -> new AttachedVolume("", e.getKey().uniqueName()))
                .sorted(Comparator.comparing(AttachedVolume::getName))
                .toList();
        toDetach.forEach(a -> told.remove(a.getMetadata().getName()));
        if (attached.equals(NodeState.attached(node))) {
            return;
        }
        var patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("status").set("volumesAttached", Json.mapper().valueToTree(attached));
        nodeResource.patchStatus("", node.getMetadata().getName(), new Patch.Merge(patch));
    }
}

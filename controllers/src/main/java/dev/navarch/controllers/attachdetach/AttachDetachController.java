package dev.navarch.controllers.attachdetach;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.PodClaims;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.StorageFacts;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.List;
import java.util.function.Consumer;

/**
 * Wakes a node when its pods with claims, their claims and volumes, or its attachments change. One worker does all nodes,
 * so that a volume that belongs to one node is not attached to two. source: kubernetes
 * pkg/controller/volume/attachdetach/attach_detach_controller.go.
 */
public final class AttachDetachController {
    private AttachDetachController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<String> queue = context.queue("attach_detach");
        var pods = context.informer(Pod.class);
        var nodes = context.informer(Node.class);
        var claims = context.informer(PersistentVolumeClaim.class);
        var volumes = context.informer(PersistentVolume.class);
        var drivers = context.informer(CSIDriver.class);
        var attachmentCache = context.informer(VolumeAttachment.class);
        pods.addIndex(Pods.BY_NODE, p -> List.of(Pods.nodeName(p)));
        PodClaims.index(pods);
        var needs = new NodeVolumes(pods, claims, volumes, drivers);
        var attachments = new Attachments(attachmentCache);
        var reconciler = new AttachDetachReconciler(context, nodes, volumes, attachments, needs, queue);

        pods.addHandler(Handler.each(p -> {
            if (!Pods.nodeName(p).isEmpty() && !PodClaims.of(p).isEmpty()) {
                queue.add(Pods.nodeName(p));
            }
        }));
        claims.addHandler(Handler.each(c -> needs.nodesOf(Key.of(c)).forEach(queue::add)));
        volumes.addHandler(Handler.each(v -> {
            if (v.getSpec().getCsi() != null) {
                StorageFacts.claimOf(v).ifPresent(c -> needs.nodesOf(c).forEach(queue::add));
            }
        }));
        drivers.addHandler(Handler.each(
                _ -> nodes.list().forEach(n -> queue.add(n.getMetadata().getName()))));
        attachmentCache.addHandler(new OfAttachments(queue::add, volumes, needs));
        nodes.addHandler(new OfNodes(queue::add));
        return Controller.of(new ControllerLoop<>("attachdetach", queue, 1, reconciler::reconcile));
    }

    /** An attachment that goes may be what another node waits for. */
    private record OfAttachments(Consumer<String> wake, Informer<PersistentVolume> volumes, NodeVolumes needs)
            implements Handler<VolumeAttachment> {
        @Override
        public void added(VolumeAttachment attachment) {
            wake.accept(attachment.getSpec().getNodeName());
        }

        @Override
        public void updated(VolumeAttachment before, VolumeAttachment now) {
            added(now);
        }

        @Override
        public void deleted(VolumeAttachment last) {
            added(last);
            volumes.get("", String.valueOf(last.getSpec().getSource().getPersistentVolumeName()))
                    .flatMap(StorageFacts::claimOf)
                    .ifPresent(c -> needs.nodesOf(c).forEach(wake));
        }
    }

    private record OfNodes(Consumer<String> wake) implements Handler<Node> {
        @Override
        public void added(Node node) {
            wake.accept(node.getMetadata().getName());
        }

        @Override
        public void updated(Node before, Node now) {
            if (NodeState.differ(before, now)) {
                added(now);
            }
        }

        @Override
        public void deleted(Node last) {
            added(last);
        }
    }
}

package dev.navarch.controllers.ttl;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.Node;

/**
 * Annotates nodes with how long their kubelets may keep configuration before they read it again. A change of the size
 * reaches a node with its next status. source: kubernetes pkg/controller/ttl/ttl_controller.go.
 */
public final class TtlController {
    private static final String ANNOTATION = "node.alpha.kubernetes.io/ttl";

    private final Informer<Node> nodes;
    private final Resource<Node> resource;
    private final ClusterSize size;

    private TtlController(Informer<Node> nodes, Resource<Node> resource, ClusterSize size) {
        this.nodes = nodes;
        this.resource = resource;
        this.size = size;
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("ttlcontroller");
        var nodes = context.informer(Node.class);
        var size = new ClusterSize();
        nodes.addHandler(new Handler<>() {
            @Override
            public void added(Node node) {
                size.grow();
                queue.add(Key.of(node));
            }

            @Override
            public void updated(Node before, Node now) {
                queue.add(Key.of(now));
            }

            @Override
            public void deleted(Node last) {
                size.shrink();
            }
        });
        var controller = new TtlController(nodes, context.client().resource(Node.class), size);
        return Controller.of(
                new ControllerLoop<>("ttl", queue, context.settings().workers(), controller::reconcile));
    }

    private void reconcile(Key key) {
        var seconds = Integer.toString(size.seconds());
        if (nodes.get(key).filter(n -> !seconds.equals(annotation(n))).isEmpty()) {
            return;
        }
        try {
            resource.patch(
                    "",
                    key.name(),
                    Patch.strategic("{\"metadata\":{\"annotations\":{\"" + ANNOTATION + "\":\"" + seconds + "\"}}}"));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    private static String annotation(Node node) {
        var annotations = node.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(ANNOTATION, "");
    }
}

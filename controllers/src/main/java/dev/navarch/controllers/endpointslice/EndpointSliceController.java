package dev.navarch.controllers.endpointslice;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.ServicePods;
import dev.navarch.controllers.WriteTracker;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.List;
import java.util.function.Consumer;

/**
 * Wakes services when they, their pods or their slices change. source: kubernetes pkg/controller/endpointslice
 * (endpointslice_controller.go).
 */
public final class EndpointSliceController {
    private EndpointSliceController() {}

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("endpoint_slice");
        var writes = new WriteTracker(context.time());
        var services = context.informer(Service.class);
        var pods = context.informer(Pod.class);
        var nodes = context.informer(Node.class);
        var slices = context.informer(EndpointSlice.class);
        slices.addIndex(EndpointSliceReconciler.BY_SERVICE, EndpointSliceReconciler::service);
        pods.addIndex(Pods.BY_NODE, p -> List.of(Pods.nodeName(p)));
        nodes.addHandler(new OfNodes(
                pods,
                ServicePods.wake(services, queue::add),
                () -> services.list().stream()
                        .filter(TopologyHints::wanted)
                        .forEach(service -> queue.add(Key.of(service)))));
        services.addHandler(Handler.each(s -> queue.add(Key.of(s))));
        pods.addHandler(ServicePods.wake(services, queue::add));
        Consumer<EndpointSlice> wake =
                slice -> EndpointSliceReconciler.service(slice).forEach(name -> {
                    int slash = name.indexOf('/');
                    queue.add(new Key(name.substring(0, slash), name.substring(slash + 1)));
                });
        slices.addHandler(new Handler<>() {
            @Override
            public void added(EndpointSlice slice) {
                wake.accept(slice);
            }

            @Override
            public void updated(EndpointSlice before, EndpointSlice now) {
                wake.accept(before);
                wake.accept(now);
            }

            @Override
            public void deleted(EndpointSlice last) {
                EndpointSliceReconciler.service(last).forEach(name -> {
                    int slash = name.indexOf('/');
                    writes.forget(new Key(name.substring(0, slash), name.substring(slash + 1)), last);
                });
                wake.accept(last);
            }
        });
        var reconciler = new EndpointSliceReconciler(context, services, pods, nodes, slices, writes, queue);
        return Controller.of(
                new ControllerLoop<>("endpointslice", queue, context.settings().workers(), reconciler));
    }

    /**
     * A node's zone stands in the endpoints of its pods, and its CPUs decide about hints.
     *
     * @param rebalance looks at the services that want hints by topology
     */
    private record OfNodes(Informer<Pod> pods, Handler<Pod> wake, Runnable rebalance) implements Handler<Node> {
        @Override
        public void added(Node node) {
            rebalance.run();
            pods.byIndex(Pods.BY_NODE, node.getMetadata().getName()).forEach(wake::added);
        }

        @Override
        public void updated(Node before, Node now) {
            if (!EndpointSliceReconciler.zone(before).equals(EndpointSliceReconciler.zone(now))) {
                added(now);
            } else if (ZoneShares.differ(before, now)) {
                rebalance.run();
            }
        }

        @Override
        public void deleted(Node last) {
            rebalance.run();
        }
    }
}

package dev.navarch.controllers.resourcequota;

import dev.navarch.api.quota.QuotaUsage.Counted;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.ResourceKind;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Wakes quotas when they change, when what they limit is given back, and from time to time. Of the resources only those
 * are watched, by their metadata, that some quota limits. source: kubernetes pkg/controller/resourcequota
 * (resource_quota_controller.go, resource_quota_monitor.go).
 */
public final class ResourceQuotaController implements Controller {
    private final Informer<ResourceQuota> quotas;
    private final Informers metadata;
    private final WorkQueue<Key> queue;
    private final ControllerLoop<Key> loop;
    private final Map<Counted, Informer<PartialObjectMetadata>> watched = new ConcurrentHashMap<>();

    private ResourceQuotaController(ControllerContext context) {
        queue = context.queue();
        quotas = context.informer(ResourceQuota.class);
        metadata = new Informers(context.client(), context.time(), context.random());
        var reconciler = new ResourceQuotaReconciler(context.client(), context.time(), queue, this::watch);
        loop = new ControllerLoop<>("resourcequota", queue, context.settings().workers(), reconciler);
        quotas.addHandler(new Handler<>() {
            @Override
            public void added(ResourceQuota quota) {
                queue.add(Key.of(quota));
            }

            @Override
            public void updated(ResourceQuota before, ResourceQuota now) {
                if (!now.getSpec().equals(before.getSpec()) || strays(now)) {
                    queue.add(Key.of(now));
                }
            }

            @Override
            public void deleted(ResourceQuota last) {}
        });
        if (context.settings().workloads()) {
            followPods(context.informer(Pod.class));
        }
    }

    /** A pod that has ended uses nothing any more. */
    private void followPods(Informer<Pod> pods) {
        pods.addHandler(new Handler<>() {
            @Override
            public void added(Pod pod) {}

            @Override
            public void updated(Pod before, Pod now) {
                if (Pods.isTerminal(now) && !Pods.isTerminal(before)) {
                    wake(now.getMetadata().getNamespace());
                }
            }

            @Override
            public void deleted(Pod last) {
                wake(last.getMetadata().getNamespace());
            }
        });
    }

    public static Controller create(ControllerContext context) {
        return new ResourceQuotaController(context);
    }

    /** Whether somebody has written another limit into its status than its spec has. */
    private static boolean strays(ResourceQuota quota) {
        return quota.getStatus() == null
                || !Objects.equals(quota.getStatus().getHard(), quota.getSpec().getHard());
    }

    private void wake(String namespace) {
        quotas.list(namespace).forEach(q -> queue.add(Key.of(q)));
    }

    /** Looks out for what is given back of a resource; pods are watched anyway. */
    private void watch(Counted counted, ResourceKind<PartialObjectMetadata> kind) {
        if (counted.equals(new Counted("", "pods"))) {
            return;
        }
        boolean shrinks = counted.group().isEmpty()
                && (counted.resource().equals("services") || counted.resource().equals("persistentvolumeclaims"));
        watched.computeIfAbsent(counted, _ -> {
            var informer = metadata.of(kind, ListQuery.all());
            informer.addHandler(new Handler<>() {
                @Override
                public void added(PartialObjectMetadata object) {}

                @Override
                public void updated(PartialObjectMetadata before, PartialObjectMetadata now) {
                    if (shrinks) {
                        wake(now.getMetadata().getNamespace());
                    }
                }

                @Override
                public void deleted(PartialObjectMetadata last) {
                    wake(last.getMetadata().getNamespace());
                }
            });
            return informer;
        });
    }

    @Override
    public void start() {
        metadata.start();
        loop.start();
    }

    @Override
    public void close() {
        loop.close();
        metadata.close();
    }
}

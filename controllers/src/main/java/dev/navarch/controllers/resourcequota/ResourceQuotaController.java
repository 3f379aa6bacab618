package dev.navarch.controllers.resourcequota;

import dev.navarch.api.quota.QuotaUsage;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Wakes quotas when they change, when what they limit is given back, and from time to time. Of the resources only those
 * are watched, by their metadata, that some quota limits. Resources that others define come and go; they are found anew
 * when a definition changes, where upstream asks discovery every half minute. source: kubernetes
 * pkg/controller/resourcequota (resource_quota_controller.go, resource_quota_monitor.go).
 */
public final class ResourceQuotaController implements Controller {
    private final Informer<ResourceQuota> quotas;
    private final Informers metadata;
    private final WorkQueue<Key> queue;
    private final ControllerLoop<Key> loop;
    private final ResourceQuotaReconciler reconciler;
    private final Map<Counted, ResourceKind<PartialObjectMetadata>> watched = new ConcurrentHashMap<>();
    private final AtomicBoolean followsDefinitions = new AtomicBoolean();

    /** What makes resources come and go; of the name {@code <something>.<group>}. */
    private static final List<ResourceKind<PartialObjectMetadata>> DEFINITIONS = List.of(
            ResourceKind.metadataOf(
                    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false),
            ResourceKind.metadataOf("apiregistration.k8s.io", "v1", "apiservices", "APIService", false));

    private ResourceQuotaController(ControllerContext context) {
        queue = context.queue("resourcequota_primary");
        quotas = context.informer(ResourceQuota.class);
        metadata = new Informers(context.client(), context.time(), context.random());
        reconciler = new ResourceQuotaReconciler(context.client(), context.time(), queue, this::watch);
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

    /**
     * Looks out for what is given back of a resource; pods are watched anyway.
     *
     * @param served empty as long as there is no such resource
     */
    private void watch(Counted counted, Optional<ResourceKind<PartialObjectMetadata>> served) {
        if (counted.equals(new Counted("", "pods"))) {
            return;
        }
        if (counted.group().contains(".") && followsDefinitions.compareAndSet(false, true)) {
            DEFINITIONS.forEach(this::follow);
        }
        served.ifPresent(kind -> watch(counted, kind));
    }

    private void watch(Counted counted, ResourceKind<PartialObjectMetadata> kind) {
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
            return kind;
        });
    }

    private void follow(ResourceKind<PartialObjectMetadata> kind) {
        metadata.of(kind, ListQuery.all()).addHandler(new Handler<>() {
            @Override
            public void added(PartialObjectMetadata definition) {
                defined(definition, true);
            }

            @Override
            public void updated(PartialObjectMetadata before, PartialObjectMetadata now) {
                boolean says = Objects.equals(
                        before.getMetadata().getGeneration(), now.getMetadata().getGeneration());
                defined(now, !says);
            }

            @Override
            public void deleted(PartialObjectMetadata last) {
                defined(last, true);
            }
        });
    }

    /** @param anew whether resources of the group may be served elsewhere, or no more */
    private void defined(PartialObjectMetadata definition, boolean anew) {
        var name = definition.getMetadata().getName();
        var group = name.substring(name.indexOf('.') + 1);
        if (anew) {
            for (var counted : List.copyOf(watched.keySet())) {
                if (counted.group().equals(group)) {
                    forget(counted);
                }
            }
        }
        for (var quota : quotas.list()) {
            boolean waits = quota.getSpec().getHard() != null
                    && quota.getSpec().getHard().keySet().stream()
                            .flatMap(hard -> QuotaUsage.counted(hard).stream())
                            .anyMatch(counted -> counted.group().equals(group) && !watched.containsKey(counted));
            if (waits) {
                queue.add(Key.of(quota));
            }
        }
    }

    private void forget(Counted counted) {
        reconciler.forget(counted);
        var kind = watched.remove(counted);
        if (kind != null) {
            metadata.stop(kind, ListQuery.all());
        }
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

package dev.navarch.controllers.namespace;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceKind;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Discovery;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceStatus;
import io.fabric8.kubernetes.api.model.NamespaceStatusBuilder;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Deletes what is in a terminating namespace and, when nothing is left, its {@code kubernetes} finalizer. */
final class NamespaceReconciler implements Reconciler<Key> {
    private static final String FINALIZER = "kubernetes";
    private static final Duration AGAIN = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private final Informer<Namespace> namespaces;
    private final ApiClient client;
    private final Resource<Namespace> resource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    NamespaceReconciler(ControllerContext context, Informer<Namespace> namespaces, WorkQueue<Key> queue) {
        this.namespaces = namespaces;
        this.queue = queue;
        client = context.client();
        resource = client.resource(Namespace.class);
        time = context.time();
    }

    @Override
    public void reconcile(Key key) {
        var cached = namespaces.get(key);
        if (cached.isEmpty() || cached.get().getMetadata().getDeletionTimestamp() == null) {
            return;
        }
        var found = resource.get("", key.name()); // the newest, since what follows can't be undone
        if (found.isEmpty()
                || found.get().getMetadata().getDeletionTimestamp() == null
                || !finalizers(found.get()).contains(FINALIZER)) {
            return;
        }
        var namespace = found.get();
        var discovered = Discovery.preferred(client);
        List<String> failures = new ArrayList<>();
        List<NamespacePlan.Remaining> remaining = new ArrayList<>();
        for (var type : NamespacePlan.order(discovered.resources())) {
            var left = empty(type, key.name(), failures);
            remaining.add(left);
            if (NamespacePlan.isPods(type) && left.objects() > 0) {
                break; // ordered deletion: the rest goes when the pods are gone
            }
        }
        namespace = report(namespace, discovered.failures(), failures, remaining);
        boolean done = discovered.failures().isEmpty()
                && failures.isEmpty()
                && remaining.stream().allMatch(r -> r.objects() == 0);
        if (done) {
            finish(namespace);
        } else if (!failures.isEmpty() || !discovered.failures().isEmpty()) {
            throw new IllegalStateException(
                    "not all of namespace " + key.name() + " could be deleted: " + failures + discovered.failures());
        } else {
            var pause = AGAIN.multipliedBy(1L << Math.min(4, queue.retries(key)));
            queue.addAfter(key, pause.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : pause);
        }
    }

    private static List<String> finalizers(Namespace namespace) {
        var spec = namespace.getSpec();
        return spec == null || spec.getFinalizers() == null ? List.of() : spec.getFinalizers();
    }

    /** Asks for the deletion of all objects of a type and counts those that are still there. */
    private NamespacePlan.Remaining empty(Discovery.Found type, String namespace, List<String> failures) {
        var objects = client.resource(
                ResourceKind.metadataOf(type.group(), type.version(), type.plural(), type.kind(), true));
        var background = DeleteOptions.none().propagation(DeleteOptions.Propagation.BACKGROUND);
        var all = ListQuery.inNamespace(namespace);
        try {
            var present = objects.list(all).items();
            if (!present.isEmpty()) {
                if (type.verbs().contains("deletecollection")) {
                    objects.deleteCollection(all, background);
                } else {
                    present.forEach(o -> deleteOne(objects, o, background));
                }
                present = objects.list(all).items();
            }
            return new NamespacePlan.Remaining(type, present.size(), finalizersOf(present));
        } catch (ApiFailure e) {
            if (e.notFound() || e.code() == 405) { // the type is gone, or cannot be listed or deleted
                return new NamespacePlan.Remaining(type, 0, Map.of());
            }
            failures.add(e.getMessage());
            return new NamespacePlan.Remaining(type, 0, Map.of());
        }
    }

    private static void deleteOne(
            Resource<PartialObjectMetadata> objects, PartialObjectMetadata object, DeleteOptions options) {
        try {
            objects.delete(
                    object.getMetadata().getNamespace(), object.getMetadata().getName(), options);
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    private static Map<String, Integer> finalizersOf(List<PartialObjectMetadata> objects) {
        Map<String, Integer> counts = new HashMap<>();
        for (var object : objects) {
            var finalizers = object.getMetadata().getFinalizers();
            if (finalizers != null) {
                finalizers.forEach(f -> counts.merge(f, 1, Integer::sum));
            }
        }
        return counts;
    }

    private Namespace report(
            Namespace namespace,
            Map<String, String> discovery,
            List<String> failures,
            List<NamespacePlan.Remaining> remaining) {
        NamespaceStatus before = namespace.getStatus() == null ? new NamespaceStatus() : namespace.getStatus();
        var conditions = NamespacePlan.conditions(
                before.getConditions() == null ? List.of() : before.getConditions(),
                discovery,
                failures,
                remaining,
                time.now());
        var status = new NamespaceStatusBuilder()
                .withPhase("Terminating")
                .withConditions(conditions)
                .build();
        return status.equals(before)
                ? namespace
                : resource.updateStatus(
                        new NamespaceBuilder(namespace).withStatus(status).build());
    }

    private void finish(Namespace namespace) {
        var finalizers = new ArrayList<>(finalizers(namespace));
        finalizers.remove(FINALIZER);
        try {
            resource.update(
                    new NamespaceBuilder(namespace)
                            .editOrNewSpec()
                            .withFinalizers(finalizers)
                            .endSpec()
                            .build(),
                    "finalize");
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}

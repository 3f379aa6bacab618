package dev.navarch.controllers.resourcequota;

import dev.navarch.api.quota.Amounts;
import dev.navarch.api.quota.QuotaScopes;
import dev.navarch.api.quota.QuotaUsage;
import dev.navarch.api.quota.QuotaUsage.Counted;
import dev.navarch.api.values.Quantity;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.ResourceKind;
import dev.navarch.client.WorkQueue;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.PartialObjectMetadata;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Brings a quota's status to what its spec limits and what there is now. The quota is read before the objects: whatever
 * is charged in between makes the write fail, and all is counted again.
 */
final class ResourceQuotaReconciler implements Reconciler<Key> {
    /** source: kubernetes pkg/controller/resourcequota/config/v1alpha1/defaults.go. */
    private static final Duration RESYNC = Duration.ofMinutes(5);

    private static final String QUOTAS = "resourcequotas";

    private final ApiClient client;
    private final TimeSource time;
    private final WorkQueue<Key> queue;
    private final BiConsumer<Counted, Optional<ResourceKind<PartialObjectMetadata>>> watch;
    private final Map<Counted, ResourceKind<PartialObjectMetadata>> kinds = new ConcurrentHashMap<>();

    /** @param watch told of each resource that is limited, before it is counted, and where it is served, if it is */
    ResourceQuotaReconciler(
            ApiClient client,
            TimeSource time,
            WorkQueue<Key> queue,
            BiConsumer<Counted, Optional<ResourceKind<PartialObjectMetadata>>> watch) {
        this.client = client;
        this.time = time;
        this.queue = queue;
        this.watch = watch;
    }

    @Override
    public void reconcile(Key key) {
        var quotas = "/api/v1/namespaces/" + key.namespace() + "/" + QUOTAS;
        // A list of one: upstream's role of this controller may list quotas, but not get them.
        var found = client.raw(quotas + "?fieldSelector=metadata.name%3D" + key.name())
                .path("items");
        if (found.isEmpty()) {
            return;
        }
        var quota = (ObjectNode) found.get(0);
        var hard = Amounts.of(quota.path("spec").path("hard"));
        var used = count(key.namespace(), quota, hard);
        var status = quota.path("status");
        if (!Amounts.of(status.path("hard")).equals(hard)
                || !Amounts.of(status.path("used")).equals(used)) {
            var next = quota.putObject("status");
            next.set("hard", Amounts.tree(hard));
            next.set("used", Amounts.tree(used));
            client.raw("PUT", quotas + "/" + key.name() + "/status", quota);
        }
        queue.addAfter(key, RESYNC);
    }

    /** What is used of each limit whose resource is known. */
    private Map<String, Quantity> count(String namespace, JsonNode quota, Map<String, Quantity> hard) {
        Map<Counted, Map<String, Quantity>> resources = new LinkedHashMap<>();
        hard.keySet()
                .forEach(name ->
                        QuotaUsage.counted(name).ifPresent(c -> resources.computeIfAbsent(c, _ -> new TreeMap<>())));
        Map<String, Quantity> used = new TreeMap<>();
        resources.forEach((counted, sum) -> {
            var kind = kind(counted);
            watch.accept(counted, kind);
            if (kind.isEmpty()) {
                return;
            }
            for (var object : client.raw(path(namespace, kind.get())).path("items")) {
                if (QuotaScopes.match(counted, quota, object)) {
                    Amounts.add(sum, QuotaUsage.of(counted, object, time.now()));
                }
            }
            hard.keySet().stream()
                    .filter(counted::uses)
                    .forEach(name -> used.put(name, sum.getOrDefault(name, Quantity.ZERO)));
        });
        return used;
    }

    private static String path(String namespace, ResourceKind<?> kind) {
        var root = kind.group().isEmpty() ? "/api/" : "/apis/" + kind.group() + "/";
        return root + kind.version() + "/namespaces/" + namespace + "/" + kind.plural();
    }

    /** Where the resource is served may change. */
    void forget(Counted counted) {
        kinds.remove(counted);
    }

    /** Empty if no such resource with a namespace is served. */
    private Optional<ResourceKind<PartialObjectMetadata>> kind(Counted counted) {
        var known = kinds.get(counted);
        if (known != null) {
            return Optional.of(known);
        }
        try {
            var group = counted.group();
            var version = group.isEmpty()
                    ? "v1"
                    : client.raw("/apis/" + group)
                            .path("preferredVersion")
                            .path("version")
                            .asString("");
            var root = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
            for (var resource : client.raw(root).path("resources")) {
                if (resource.path("name").asString("").equals(counted.resource())
                        && resource.path("namespaced").asBoolean(false)) {
                    var found = ResourceKind.metadataOf(
                            group,
                            version,
                            counted.resource(),
                            resource.path("kind").asString(""),
                            true);
                    kinds.put(counted, found);
                    return Optional.of(found);
                }
            }
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
        return Optional.empty();
    }
}

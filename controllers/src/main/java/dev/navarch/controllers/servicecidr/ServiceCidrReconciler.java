package dev.navarch.controllers.servicecidr;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.Informer;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Patch;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.networking.v1.IPAddress;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Marks a block as ready, or lets it go once no address needs it. */
final class ServiceCidrReconciler implements Reconciler<Key> {
    static final String FINALIZER = "networking.k8s.io/service-cidr-finalizer";

    /** In which allocators learn that the block goes. */
    private static final Duration NOTICE = Duration.ofSeconds(10);

    private final Informer<ServiceCIDR> blocks;
    private final Informer<IPAddress> addresses;
    private final Resource<ServiceCIDR> resource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    ServiceCidrReconciler(
            Informer<ServiceCIDR> blocks,
            Informer<IPAddress> addresses,
            Resource<ServiceCIDR> resource,
            WorkQueue<Key> queue,
            TimeSource time) {
        this.blocks = blocks;
        this.addresses = addresses;
        this.resource = resource;
        this.queue = queue;
        this.time = time;
    }

    static boolean isLeaving(ServiceCIDR block) {
        return block.getMetadata().getDeletionTimestamp() != null;
    }

    @Override
    public void reconcile(Key key) {
        var found = blocks.get(key);
        if (found.isEmpty()) {
            return;
        }
        var block = found.get();
        boolean held = block.getMetadata().getFinalizers().contains(FINALIZER);
        if (!isLeaving(block)) {
            if (!held) {
                finalizers(block, true);
            }
            condition(block, "True", "", "Kubernetes Service CIDR is ready");
        } else if (held) {
            leave(key, block);
        }
    }

    private void leave(Key key, ServiceCIDR block) {
        if (isNeeded(block)) {
            condition(
                    block,
                    "False",
                    "Terminating",
                    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new"
                            + " ServiceCIDR");
            return;
        }
        var left = Duration.between(
                time.now(),
                Instant.parse(block.getMetadata().getDeletionTimestamp()).plus(NOTICE));
        if (left.isPositive()) {
            queue.addAfter(key, left);
        } else {
            finalizers(block, false);
        }
    }

    /** Whether an address is of this block and of no other that stays. */
    private boolean isNeeded(ServiceCIDR block) {
        var own = parts(block);
        List<AddressBlock> others = new ArrayList<>();
        blocks.list().stream()
                .filter(b -> !isLeaving(b))
                .filter(b ->
                        !b.getMetadata().getName().equals(block.getMetadata().getName()))
                .forEach(b -> others.addAll(parts(b)));
        return addresses.list().stream()
                .map(a -> a.getMetadata().getName())
                .filter(name -> own.stream().anyMatch(b -> b.contains(name)))
                .anyMatch(name -> others.stream().noneMatch(b -> b.contains(name)));
    }

    private static List<AddressBlock> parts(ServiceCIDR block) {
        var spec = block.getSpec();
        return spec == null
                ? List.of()
                : spec.getCidrs().stream()
                        .flatMap(text -> AddressBlock.parse(text).stream())
                        .toList();
    }

    private void finalizers(ServiceCIDR block, boolean held) {
        List<String> wanted = new ArrayList<>(block.getMetadata().getFinalizers());
        wanted.remove(FINALIZER);
        if (held) {
            wanted.add(FINALIZER);
        }
        var patch = Json.mapper().createObjectNode();
        var metadata = patch.putObject("metadata")
                .put("resourceVersion", block.getMetadata().getResourceVersion());
        var list = metadata.putArray("finalizers");
        wanted.forEach(list::add);
        resource.patch("", block.getMetadata().getName(), new Patch.Merge(patch));
    }

    private void condition(ServiceCIDR block, String status, String reason, String message) {
        var now = ready(block);
        if (now.filter(c -> status.equals(c.getStatus())).isPresent()) {
            return; // the API server says of its own block in other words that it is ready
        }
        var patch = Json.mapper().createObjectNode();
        patch.putObject("status")
                .putArray("conditions")
                .addObject()
                .put("type", "Ready")
                .put("status", status)
                .put("reason", reason)
                .put("message", message)
                .put("lastTransitionTime", Timestamps.seconds(time.now()));
        resource.patchStatus("", block.getMetadata().getName(), new Patch.Strategic(patch));
    }

    private static Optional<Condition> ready(ServiceCIDR block) {
        var status = block.getStatus();
        return status == null
                ? Optional.empty()
                : status.getConditions().stream()
                        .filter(c -> c.getType().equals("Ready"))
                        .findFirst();
    }
}

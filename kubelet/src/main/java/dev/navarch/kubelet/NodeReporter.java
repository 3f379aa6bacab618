package dev.navarch.kubelet;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import dev.navarch.client.Resource;
import dev.navarch.kubelet.pods.PodEvents;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.Image;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.runtime.RuntimeVersion;
import dev.navarch.kubelet.volumes.VolumesInUse;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Registers the node, renews its lease and reports its state: at once when it changed, else every few minutes.
 *
 * <p>Source of the behaviour: kubernetes pkg/kubelet/kubelet_node_status.go,
 * staging/src/k8s.io/component-helpers/apimachinery/lease/controller.go.
 */
final class NodeReporter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(NodeReporter.class);
    private static final String LEASES = "kube-node-lease";

    private final KubeletConfig config;
    private final Resource<Node> nodes;
    private final Resource<Lease> leases;
    private final ContainerRuntime runtime;
    private final NodeComposer composer;
    private final VolumesInUse inUse;
    private final PodEvents events;
    private final TimeSource time;

    /** One report, and one renewal, at a time. */
    private final Object reporting = new Object();

    private final Object renewing = new Object();
    private volatile RuntimeHealth health = RuntimeHealth.UNKNOWN;
    private volatile boolean closed;
    private @Nullable Node node;
    private @Nullable Lease lease;
    private @Nullable Instant reportedAt;
    private RuntimeVersion version = new RuntimeVersion("unknown", "", "v1");
    private List<Image> images = List.of();

    NodeReporter(
            KubeletConfig config,
            ApiClient client,
            ContainerRuntime runtime,
            NodeComposer composer,
            VolumesInUse inUse,
            PodEvents events,
            TimeSource time) {
        this.config = config;
        this.runtime = runtime;
        this.composer = composer;
        this.inUse = inUse;
        this.events = events;
        this.time = time;
        nodes = client.resource(Node.class);
        leases = client.resource(Lease.class);
    }

    /** What the node's labels are at this moment; our own ones if there is no such node. */
    Map<String, String> labels() {
        return nodes.get("", config.nodeName())
                .map(found -> found.getMetadata().getLabels())
                .orElseGet(composer::labels);
    }

    RuntimeHealth health() {
        return health;
    }

    /** Starts both rounds; the first of each runs now, on the caller's thread. */
    void start() {
        reportRound();
        leaseRound();
    }

    private void reportRound() {
        if (closed) {
            return;
        }
        try {
            report();
        } catch (ApiFailure | UncheckedIOException e) {
            log.warn("Can't report the state of node {}: {}", config.nodeName(), e.getMessage());
        } catch (RuntimeException e) {
            log.error("Reporting the state of node {} failed", config.nodeName(), e);
        }
        time.schedule(config.timing().nodeStatus(), this::reportRound);
    }

    private void leaseRound() {
        if (closed) {
            return;
        }
        try {
            renew();
        } catch (ApiFailure | UncheckedIOException e) {
            lease = null;
            log.warn("Can't renew the lease of node {}: {}", config.nodeName(), e.getMessage());
        } catch (RuntimeException e) {
            log.error("Renewing the lease of node {} failed", config.nodeName(), e);
        }
        time.schedule(config.timing().lease(), this::leaseRound);
    }

    /** Looks at the engine and tells what changed. */
    void report() {
        synchronized (reporting) {
            health = RuntimeHealth.check(runtime);
            try {
                version = runtime.version();
                images = runtime.listImages();
            } catch (RuntimeFailure e) {
                log.debug("The engine does not answer", e);
            }
            if (node == null) {
                node = register();
            }
            var current = nodes.get("", config.nodeName());
            node = current.isPresent() ? current.get() : register();
            var old = node.getStatus() == null ? new NodeStatus() : node.getStatus();
            var now = time.now();
            var status = composer.status(old, version, images, health.problem(), now);
            status.setVolumesAttached(old.getVolumesAttached()); // the controller's
            status.setVolumesInUse(inUse.names());
            boolean due = reportedAt == null
                    || !now.isBefore(reportedAt.plus(config.timing().nodeReport()));
            if (due || !same(old, status)) {
                tell(old, status);
                write(old, status);
                reportedAt = now;
            }
        }
    }

    private Node register() {
        var fresh = composer.fresh();
        try {
            var created = nodes.create(fresh);
            log.info("Registered node {}", config.nodeName());
            events.event(created, "", false, "Starting", "Starting kubelet.");
            return created;
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                throw e;
            }
        }
        var there = nodes.get("", config.nodeName())
                .orElseThrow(() -> new UncheckedIOException(
                        new java.io.IOException("node " + config.nodeName() + " came and went")));
        events.event(there, "", false, "Starting", "Starting kubelet.");
        var labels = there.getMetadata().getLabels();
        if (labels != null && labels.entrySet().containsAll(composer.labels().entrySet())) {
            return there;
        }
        return nodes.update(new NodeBuilder(there)
                .editMetadata()
                .addToLabels(composer.labels())
                .endMetadata()
                .build());
    }

    /** Whether nothing but heartbeats differs. */
    private static boolean same(NodeStatus old, NodeStatus now) {
        return withoutHeartbeats(old).equals(withoutHeartbeats(now));
    }

    private static JsonNode withoutHeartbeats(NodeStatus status) {
        ObjectNode tree = Json.mapper().valueToTree(status);
        for (var condition : tree.path("conditions")) {
            ((ObjectNode) condition).remove("lastHeartbeatTime");
        }
        return tree;
    }

    private void tell(NodeStatus old, NodeStatus now) {
        for (var condition : now.getConditions()) {
            var before = Pods.orEmpty(old.getConditions()).stream()
                    .filter(c -> c.getType().equals(condition.getType()))
                    .findFirst();
            if (before.isPresent() && before.get().getStatus().equals(condition.getStatus())) {
                continue;
            }
            var reason = switch (condition.getType()) {
                case "MemoryPressure" -> "NodeHasSufficientMemory";
                case "DiskPressure" -> "NodeHasNoDiskPressure";
                case "PIDPressure" -> "NodeHasSufficientPID";
                case "Ready" -> condition.getStatus().equals("True") ? "NodeReady" : "NodeNotReady";
                default -> "";
            };
            if (!reason.isEmpty() && node != null) {
                events.event(node, "", false, reason, "Node " + config.nodeName() + " status is now: " + reason);
            }
        }
    }

    private void write(NodeStatus old, NodeStatus now) {
        var change = StatusPatch.between(
                Json.mapper().valueToTree(old), Json.mapper().valueToTree(now));
        if (change.isPresent()) {
            // What others keep in the status, such as attached volumes, is not ours to remove.
            change.get().remove(List.of("volumesAttached", "config", "phase"));
            var patch = JsonNodeFactory.instance.objectNode();
            patch.set("status", change.get());
            node = nodes.patchStatus("", config.nodeName(), new Patch.Merge(patch));
        }
    }

    private void renew() {
        synchronized (renewing) {
            var now = ZonedDateTime.ofInstant(time.now().truncatedTo(ChronoUnit.MICROS), ZoneOffset.UTC);
            if (lease == null) {
                lease = leases.get(LEASES, config.nodeName()).orElse(null);
            }
            int seconds = (int) config.timing().lease().multipliedBy(4).toSeconds();
            if (lease == null) {
                lease = leases.create(new LeaseBuilder()
                        .withNewMetadata()
                        .withNamespace(LEASES)
                        .withName(config.nodeName())
                        .withOwnerReferences(owner())
                        .endMetadata()
                        .withNewSpec()
                        .withHolderIdentity(config.nodeName())
                        .withLeaseDurationSeconds(seconds)
                        .withRenewTime(now)
                        .endSpec()
                        .build());
                return;
            }
            var renewed = new LeaseBuilder(lease)
                    .editMetadata()
                    .withManagedFields() // the server knows them
                    .withOwnerReferences(owner())
                    .endMetadata()
                    .editOrNewSpec()
                    .withHolderIdentity(config.nodeName())
                    .withLeaseDurationSeconds(seconds)
                    .withRenewTime(now)
                    .endSpec()
                    .build();
            renewed.getMetadata().setResourceVersion(leases.updateUnread(renewed));
            lease = renewed;
        }
    }

    private List<io.fabric8.kubernetes.api.model.OwnerReference> owner() {
        var known = node;
        if (known == null) {
            return List.of();
        }
        var reference = new io.fabric8.kubernetes.api.model.OwnerReference();
        reference.setApiVersion("v1");
        reference.setKind("Node");
        reference.setName(known.getMetadata().getName());
        reference.setUid(known.getMetadata().getUid());
        return List.of(reference);
    }

    @Override
    public void close() {
        closed = true;
    }
}

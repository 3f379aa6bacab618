package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.StoreException;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects that the server itself keeps right: the namespaces that every cluster has, the block of services' addresses, since when uses of old tokens are noted,
 * the service through which pods find the API servers, and the lease that shows this one (source: kubernetes
 * pkg/controlplane/controller/systemnamespaces and .../defaultservicecidr).
 */
final class SystemObjects implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SystemObjects.class);
    private static final String SYSTEM = "kube-system";
    private static final List<String> NAMESPACES = List.of("default", SYSTEM, "kube-public");
    private static final String MAPS = "configmaps";
    private static final String TRACKING = "kube-apiserver-legacy-service-account-token-tracking";
    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
    private static final String NODE_LEASES = "kube-node-lease";
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final String NETWORKING = "networking.k8s.io";
    private static final String BLOCKS = "servicecidrs";
    private static final String BLOCK = "kubernetes";

    private final OwnObjects own;
    private final Ipv4Cidr block;
    private final KubernetesService service;
    private final TimeSource time;
    private Optional<Published> published = Optional.empty();
    private Optional<TimeSource.Timer> timer = Optional.empty();
    private boolean closed;

    /** What others are told of this server. */
    private record Published(ServerAddress address, ServerIdentity identity) {}

    SystemObjects(OwnObjects own, Ipv4Cidr block, KubernetesService service, TimeSource time) {
        this.own = own;
        this.block = block;
        this.service = service;
        this.time = time;
    }

    void ensureNamespaces() throws InterruptedException {
        if (!own.served("", "namespaces")) {
            return; // another server's
        }
        List<String> wanted = new ArrayList<>(NAMESPACES);
        if (own.served("", "nodes")) {
            wanted.add(NODE_LEASES);
        }
        for (var name : wanted) {
            if (own.read("", "namespaces", "", name).isEmpty()) {
                var namespace = Tree.object().put("kind", "Namespace").put("apiVersion", "v1");
                Meta.of(namespace).put("name", name);
                own.create("", "namespaces", "", namespace);
            }
        }
    }

    /** The object that shows the block which addresses of services come from. */
    void ensureServiceBlock() throws InterruptedException {
        if (!own.served(NETWORKING, BLOCKS)
                || own.read(NETWORKING, BLOCKS, "", BLOCK).isPresent()) {
            return;
        }
        var object = Tree.object().put("kind", "ServiceCIDR").put("apiVersion", NETWORKING + "/v1");
        Meta.of(object).put("name", BLOCK);
        object.putObject("spec").putArray("cidrs").add(block.toString());
        own.create(NETWORKING, BLOCKS, "", object);
        own.change(NETWORKING, BLOCKS, "", BLOCK, Part.STATUS, now -> {
            now.putObject("status")
                    .putArray("conditions")
                    .addObject()
                    .put("type", "Ready")
                    .put("status", "True")
                    .put("reason", "")
                    .put("message", "Kubernetes default Service CIDR is ready")
                    .put("lastTransitionTime", Meta.time(time.now()));
            return now;
        });
    }

    /**
     * The day since which it is noted when tokens that lie in secrets are used. source: kubernetes
     * pkg/controlplane/controller/legacytokentracking.
     */
    void ensureTokenTracking() throws InterruptedException {
        if (!own.served("", "secrets")) {
            return;
        }
        var known = own.read("", MAPS, SYSTEM, TRACKING);
        if (known.isEmpty()) {
            var map = Tree.object().put("kind", "ConfigMap").put("apiVersion", "v1");
            Meta.of(map).put("namespace", SYSTEM).put("name", TRACKING);
            map.putObject("data").put("since", today());
            own.create("", MAPS, SYSTEM, map);
        } else if (!DATE.matcher(Tree.text(known.get(), "data", "since")).matches()) {
            own.change("", MAPS, SYSTEM, TRACKING, Part.WHOLE, now -> {
                now.withObject("/data").put("since", today());
                return now;
            });
        }
    }

    private String today() {
        return LocalDate.ofInstant(time.now(), ZoneOffset.UTC).toString();
    }

    /** Tells others of this server, now and from time to time. */
    synchronized void publish(ServerAddress address, ServerIdentity identity) {
        try {
            service.begin(address);
        } catch (RuntimeException e) {
            log.warn("The service kubernetes could not be put in order; trying again", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        published = Optional.of(new Published(address, identity));
        round();
    }

    private synchronized void round() {
        if (closed) {
            return;
        }
        try {
            ensureNamespaces();
            ensureServiceBlock();
            ensureTokenTracking();
            if (published.isPresent()) {
                service.round(published.get().address());
                published.get().identity().round();
            }
        } catch (StoreException e) {
            log.warn("The API server's own objects could not be put in order; trying again: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.warn("The API server's own objects could not be put in order; trying again", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        timer.ifPresent(TimeSource.Timer::cancel);
        timer = Optional.of(time.schedule(INTERVAL, this::round));
    }

    /** Lets nobody come here any more; ends all rounds. */
    synchronized void withdraw() {
        close();
        try {
            if (published.isPresent()) {
                service.end(published.get().address());
            }
        } catch (RuntimeException e) {
            log.warn("The API server could not be taken out of service kubernetes: {}", e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        published = Optional.empty();
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.ifPresent(TimeSource.Timer::cancel);
    }
}

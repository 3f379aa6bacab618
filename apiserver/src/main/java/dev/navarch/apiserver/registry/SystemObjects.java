package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.User;
import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects that the server itself keeps right: the namespaces that every cluster has, and the service through which
 * pods find the API server, with its endpoints (source: kubernetes pkg/controlplane/controller/systemnamespaces,
 * .../kubernetesservice and pkg/controlplane/reconcilers).
 */
final class SystemObjects implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SystemObjects.class);
    private static final List<String> NAMESPACES = List.of("default", "kube-system", "kube-public", "kube-node-lease");
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final int SERVICE_PORT = 443;
    private static final String NAME = "kubernetes";
    private static final String NETWORKING = "networking.k8s.io";
    private static final String BLOCKS = "servicecidrs";
    private static final User SELF = new User("system:apiserver", List.of(User.MASTERS));

    /** Where the API server can be reached from within the cluster. */
    record Advertised(String address, int port) {}

    private final Resources resources;
    private final Objects objects;
    private final WriteVerbs writes;
    private final Ipv4Cidr block;
    private final String clusterAddress;
    private final TimeSource time;
    private Optional<Advertised> advertised = Optional.empty();
    private Optional<TimeSource.Timer> timer = Optional.empty();
    private boolean closed;

    SystemObjects(
            Resources resources,
            Objects objects,
            WriteVerbs writes,
            Ipv4Cidr block,
            String clusterAddress,
            TimeSource time) {
        this.resources = resources;
        this.objects = objects;
        this.writes = writes;
        this.block = block;
        this.clusterAddress = clusterAddress;
        this.time = time;
    }

    void ensureNamespaces() throws InterruptedException {
        for (var name : NAMESPACES) {
            if (objects.read("", "namespaces", "", name).isEmpty()) {
                var namespace = Tree.object().put("kind", "Namespace").put("apiVersion", "v1");
                Meta.of(namespace).put("name", name);
                create("", "namespaces", "", namespace);
            }
        }
    }

    /**
     * The object that shows the block which addresses of services come from (source: kubernetes
     * pkg/controlplane/controller/defaultservicecidr).
     */
    void ensureServiceBlock() throws InterruptedException {
        var served = resources.find(NETWORKING, "v1", BLOCKS);
        if (served.isEmpty() || objects.read(NETWORKING, BLOCKS, "", NAME).isPresent()) {
            return;
        }
        var object = Tree.object().put("kind", "ServiceCIDR").put("apiVersion", NETWORKING + "/v1");
        Meta.of(object).put("name", NAME);
        object.putObject("spec").putArray("cidrs").add(block.toString());
        create(NETWORKING, BLOCKS, "", object);
        var target = new Target(
                served.get(),
                "",
                NAME,
                Part.STATUS,
                "status",
                SELF,
                false,
                served.get().ownTracking("status"));
        writes.change(target, false, old -> {
            var now = old.deepCopy();
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

    /** Puts the service in order, now and from time to time. */
    synchronized void advertise(Advertised where) {
        advertised = Optional.of(where);
        round();
    }

    private synchronized void round() {
        if (closed) {
            return;
        }
        try {
            ensureNamespaces();
            ensureServiceBlock();
            if (advertised.isPresent()) {
                ensureService(advertised.get());
            }
        } catch (RuntimeException e) {
            log.warn("The API server's own objects could not be put in order; trying again", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        timer.ifPresent(TimeSource.Timer::cancel);
        timer = Optional.of(time.schedule(INTERVAL, this::round));
    }

    private void ensureService(Advertised where) throws InterruptedException {
        ensure("", "services", service(where), List.of("ports", "type"));
        ensure("", "endpoints", endpoints(where), List.of("subsets"));
        ensure("discovery.k8s.io", "endpointslices", slice(where), List.of("endpoints", "ports", "addressType"));
    }

    private ObjectNode service(Advertised where) {
        var service = named("Service", "v1");
        Tree.childObject(Meta.of(service), "labels")
                .put("component", "apiserver")
                .put("provider", "kubernetes");
        var spec = service.putObject("spec");
        spec.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("protocol", "TCP")
                .put("port", SERVICE_PORT)
                .put("targetPort", where.port);
        spec.put("clusterIP", clusterAddress).put("type", "ClusterIP").put("sessionAffinity", "None");
        return service;
    }

    private static ObjectNode endpoints(Advertised where) {
        var endpoints = named("Endpoints", "v1");
        Tree.childObject(Meta.of(endpoints), "labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
        var subset = endpoints.putArray("subsets").addObject();
        subset.putArray("addresses").addObject().put("ip", where.address);
        subset.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("port", where.port)
                .put("protocol", "TCP");
        return endpoints;
    }

    private static ObjectNode slice(Advertised where) {
        var slice = named("EndpointSlice", "discovery.k8s.io/v1");
        Tree.childObject(Meta.of(slice), "labels").put("kubernetes.io/service-name", NAME);
        slice.put("addressType", "IPv4");
        var endpoint = slice.putArray("endpoints").addObject();
        endpoint.putArray("addresses").add(where.address);
        endpoint.putObject("conditions").put("ready", true);
        slice.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("port", where.port)
                .put("protocol", "TCP");
        return slice;
    }

    private static ObjectNode named(String kind, String apiVersion) {
        var object = Tree.object().put("kind", kind).put("apiVersion", apiVersion);
        Meta.of(object).put("name", NAME).put("namespace", "default");
        return object;
    }

    /** @param parts the members of the object, or of its spec if it has one, that must be as wanted */
    private void ensure(String group, String plural, ObjectNode wanted, List<String> parts)
            throws InterruptedException {
        var there = objects.read(group, plural, "default", NAME);
        if (there.isEmpty()) {
            create(group, plural, "default", wanted);
            return;
        }
        var resource = resources.of(group, plural);
        var target = new Target(resource, "default", NAME, Part.WHOLE, "", SELF, false, resource.ownTracking(""));
        writes.change(target, false, old -> {
            var now = old.deepCopy();
            var from = wanted.get("spec") instanceof ObjectNode spec ? spec : wanted;
            var to = now.get("spec") instanceof ObjectNode spec ? spec : now;
            for (var part : parts) {
                if (from.has(part)) {
                    to.set(part, from.get(part).deepCopy());
                }
            }
            return now;
        });
    }

    private void create(String group, String plural, String namespace, ObjectNode object) throws InterruptedException {
        try {
            var resource = resources.of(group, plural);
            writes.create(
                    new Target(
                            resource,
                            namespace,
                            Meta.name(object),
                            Part.WHOLE,
                            "",
                            SELF,
                            false,
                            resource.ownTracking("")),
                    object);
        } catch (ApiFailure e) {
            if (e.code() != 409) {
                throw e;
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.ifPresent(TimeSource.Timer::cancel);
    }
}

package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The service through which pods find the API servers, with the addresses of all that live (source: kubernetes
 * pkg/controlplane/controller/kubernetesservice, pkg/controlplane/reconcilers/lease.go and endpointsadapter.go). Servers may
 * differ in their port: endpoints have a subset for each, and beside the slice of the lowest there is one for each other.
 */
final class KubernetesService {
    private static final Logger log = LoggerFactory.getLogger(KubernetesService.class);
    private static final String NAME = "kubernetes";
    private static final String NAMESPACE = "default";
    private static final String DISCOVERY = "discovery.k8s.io";
    private static final String SLICES = "endpointslices";
    private static final int SERVICE_PORT = 443;

    private final OwnObjects own;
    private final ServerAddresses servers;
    private final String clusterAddress;

    KubernetesService(OwnObjects own, ServerAddresses servers, String clusterAddress) {
        this.own = own;
        this.servers = servers;
        this.clusterAddress = clusterAddress;
    }

    /** Without services nobody looks for one. */
    private boolean served() {
        return own.served("", "services");
    }

    /**
     * A server begins: the service is made what it should be. Last, since of two servers that begin together one is refused
     * the service's address; it finds the other's service the next time.
     */
    void begin(ServerAddress mine) throws InterruptedException {
        if (!served()) {
            return;
        }
        servers.begin(mine);
        publish();
        ensure("", "services", NAME, () -> service(mine), (now, wanted) -> {
            var spec = Tree.childObject(now, "spec");
            spec.set("ports", Tree.at(wanted, "spec", "ports"));
            spec.put("type", "ClusterIP");
        });
    }

    /** From time to time; servers of other ports don't quarrel about the service, which is only created. */
    void round(ServerAddress mine) throws InterruptedException {
        if (!served()) {
            return;
        }
        servers.renew(mine);
        publish();
        if (own.read("", "services", NAMESPACE, NAME).isEmpty()) {
            own.create("", "services", NAMESPACE, service(mine));
        }
    }

    /** This server ends; the last one leaves its address. */
    void end(ServerAddress mine) throws InterruptedException {
        if (!served()) {
            return;
        }
        servers.remove(mine);
        publish();
    }

    /** The addresses of the servers that live, by port; without one that only this machine reaches, which is no endpoint. */
    private Map<Integer, List<String>> living() {
        return servers.living().stream()
                .filter(server -> !InetAddress.ofLiteral(server.ip()).isLoopbackAddress())
                .collect(Collectors.groupingBy(
                        ServerAddress::port, TreeMap::new, Collectors.mapping(ServerAddress::ip, Collectors.toList())));
    }

    private void publish() throws InterruptedException {
        var living = living();
        if (living.isEmpty()) {
            log.debug(
                    "No API server in the store can be reached from elsewhere; the endpoints of service kubernetes stay");
            return;
        }
        ensure("", "endpoints", NAME, () -> endpoints(living()), (now, wanted) -> {
            Tree.childObject(Meta.of(now), "labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
            now.set("subsets", wanted.get("subsets"));
        });
        List<String> names = new ArrayList<>();
        for (int port : living.keySet()) {
            var name = names.isEmpty() ? NAME : NAME + "-" + port;
            names.add(name);
            ensure(
                    DISCOVERY,
                    SLICES,
                    name,
                    () -> slice(name, port, living().getOrDefault(port, List.of())),
                    (now, wanted) -> {
                        now.set("endpoints", wanted.get("endpoints"));
                        now.set("ports", wanted.get("ports"));
                    });
        }
        for (var other : own.list(DISCOVERY, SLICES, NAMESPACE)) {
            if (Meta.name(other).matches(NAME + "-[0-9]+") && !names.contains(Meta.name(other))) {
                own.delete(DISCOVERY, SLICES, NAMESPACE, Meta.name(other));
            }
        }
    }

    private ObjectNode service(ServerAddress mine) {
        var service = named("Service", "v1", NAME);
        Tree.childObject(Meta.of(service), "labels")
                .put("component", "apiserver")
                .put("provider", "kubernetes");
        var spec = service.putObject("spec");
        spec.putArray("ports")
                .addObject()
                .put("name", "https")
                .put("protocol", "TCP")
                .put("port", SERVICE_PORT)
                .put("targetPort", mine.port());
        spec.put("clusterIP", clusterAddress).put("type", "ClusterIP").put("sessionAffinity", "None");
        return service;
    }

    private static ObjectNode endpoints(Map<Integer, List<String>> living) {
        var endpoints = named("Endpoints", "v1", NAME);
        Tree.childObject(Meta.of(endpoints), "labels").put("endpointslice.kubernetes.io/skip-mirror", "true");
        var subsets = endpoints.putArray("subsets");
        living.forEach((port, ips) -> {
            var subset = subsets.addObject();
            var addresses = subset.putArray("addresses");
            ips.forEach(ip -> addresses.addObject().put("ip", ip));
            port(subset.putArray("ports"), port);
        });
        return endpoints;
    }

    private static ObjectNode slice(String name, int port, List<String> ips) {
        var slice = named("EndpointSlice", DISCOVERY + "/v1", name);
        Tree.childObject(Meta.of(slice), "labels").put("kubernetes.io/service-name", NAME);
        slice.put("addressType", "IPv4");
        var endpoints = slice.putArray("endpoints");
        for (var ip : ips) {
            var endpoint = endpoints.addObject();
            endpoint.putArray("addresses").add(ip);
            endpoint.putObject("conditions").put("ready", true);
        }
        port(slice.putArray("ports"), port);
        return slice;
    }

    private static void port(ArrayNode ports, int port) {
        ports.addObject().put("name", "https").put("port", port).put("protocol", "TCP");
    }

    private static ObjectNode named(String kind, String apiVersion, String name) {
        var object = Tree.object().put("kind", kind).put("apiVersion", apiVersion);
        Meta.of(object).put("name", name).put("namespace", NAMESPACE);
        return object;
    }

    /**
     * Makes an object what it should be. What that is, is asked once the present state was read, and again if that has
     * changed: a server that began meanwhile has either been seen here, or sees what is written here.
     */
    private void ensure(
            String group,
            String plural,
            String name,
            Supplier<ObjectNode> wanted,
            BiConsumer<ObjectNode, ObjectNode> edit)
            throws InterruptedException {
        if (own.read(group, plural, NAMESPACE, name).isEmpty()) {
            own.create(group, plural, NAMESPACE, wanted.get());
        }
        own.change(group, plural, NAMESPACE, name, Part.WHOLE, now -> {
            edit.accept(now, wanted.get());
            return now;
        });
    }
}

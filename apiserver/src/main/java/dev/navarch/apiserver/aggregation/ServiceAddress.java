package dev.navarch.apiserver.aggregation;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.aggregation.Registered.Backend;
import dev.navarch.apiserver.tree.Tree;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds the endpoints of services, so that nothing depends on the network of this very machine's services. A name that a
 * service stands for is resolved here, once, and what is connected to is the address that was judged. Source:
 * k8s.io/apiserver pkg/util/proxy/proxy.go, ResolveEndpoint.
 */
final class ServiceAddress {
    private final Objects objects;
    private final Predicate<InetAddress> allowed;

    /** Where services and their endpoints are. */
    interface Objects {
        Optional<ObjectNode> read(String group, String resource, String namespace, String name);

        List<ObjectNode> list(String group, String resource, String namespace);
    }

    /** An IP address and a port. */
    record Place(String address, int port) {
        String authority() {
            return (address.indexOf(':') >= 0 ? "[" + address + "]" : address) + ":" + port;
        }
    }

    /** Why there is none. */
    static final class UnresolvedException extends Exception {
        private static final long serialVersionUID = 1;

        UnresolvedException(String message) {
            super(message);
        }
    }

    /** @param allowed which addresses may be connected to */
    ServiceAddress(Objects objects, Predicate<InetAddress> allowed) {
        this.objects = objects;
        this.allowed = allowed;
    }

    /** Nothing may be reached through the server that lives on its own machine or beside it. */
    static boolean elsewhere(InetAddress address) {
        return !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isMulticastAddress()
                && !address.isAnyLocalAddress();
    }

    /** The endpoints that are ready, at least one. */
    List<Place> of(Backend backend) throws UnresolvedException {
        var service = objects.read("", "services", backend.namespace(), backend.service())
                .orElseThrow(
                        () -> new UnresolvedException("service " + GoText.quote(backend.service()) + " not found"));
        if (Tree.text(service, "spec", "type").equals("ExternalName")) {
            return List.of(new Place(judged(Tree.text(service, "spec", "externalName")), backend.port()));
        }
        var portName = portName(service, backend)
                .orElseThrow(() -> new UnresolvedException(
                        "no service port " + backend.port() + " found for service " + GoText.quote(backend.service())));
        List<Place> ready = new ArrayList<>();
        for (var slice : slices(backend)) {
            var port = port(slice, portName);
            if (port.isPresent()) {
                for (var address : readyAddresses(slice)) {
                    ready.add(new Place(judged(address), port.get()));
                }
            }
        }
        if (ready.isEmpty()) {
            throw new UnresolvedException("no endpoints available for service " + GoText.quote(backend.service()));
        }
        return ready;
    }

    private String judged(String host) throws UnresolvedException {
        try {
            var address = InetAddress.getByName(host);
            if (!host.isEmpty() && allowed.test(address)) {
                return address.getHostAddress();
            }
        } catch (UnknownHostException _) {
            throw new UnresolvedException("dial tcp: lookup " + host + ": no such host");
        }
        throw new UnresolvedException("address not allowed");
    }

    Optional<ObjectNode> service(Backend backend) {
        return objects.read("", "services", backend.namespace(), backend.service());
    }

    List<ObjectNode> slices(Backend backend) {
        return objects.list("discovery.k8s.io", "endpointslices", backend.namespace()).stream()
                .filter(s -> Tree.text(s, "metadata", "labels", "kubernetes.io/service-name")
                        .equals(backend.service()))
                .toList();
    }

    /** The name of the port that is asked for; empty if the service has no such port. */
    static Optional<String> portName(ObjectNode service, Backend backend) {
        return Tree.objects(service, "spec", "ports").stream()
                .filter(p -> Tree.number(p, 0, "port") == backend.port())
                .findFirst()
                .map(p -> Tree.text(p, "name"));
    }

    static Optional<Integer> port(JsonNode slice, String name) {
        return Tree.objects(slice, "ports").stream()
                .filter(p -> Tree.text(p, "name").equals(name))
                .map(p -> (int) Tree.number(p, 0, "port"))
                .filter(p -> p > 0)
                .findFirst();
    }

    static List<String> readyAddresses(JsonNode slice) {
        return Tree.objects(slice, "endpoints").stream()
                .filter(e -> Tree.flag(e, true, "conditions", "ready"))
                .flatMap(e -> Tree.strings(e, "addresses").stream().limit(1))
                .toList();
    }
}

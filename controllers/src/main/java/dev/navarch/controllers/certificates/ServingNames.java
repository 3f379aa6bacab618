package dev.navarch.controllers.certificates;

import dev.navarch.client.Informer;
import dev.navarch.controllers.CertificateSigner.Requested;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which names and addresses a node may have certified without anybody looking. A node writes its own status, so that its
 * word for its addresses is not enough: an address of a service, of an older node or of the machine itself (loopback,
 * link-local) is none of its own, and of names it has only the one it is registered under.
 */
final class ServingNames {
    private static final Set<String> ADDRESSES = Set.of("InternalIP", "ExternalIP");

    private final Informer<Node> nodes;
    private final Informer<Service> services;

    ServingNames(Informer<Node> nodes, Informer<Service> services) {
        this.nodes = nodes;
        this.services = services;
    }

    /** Why they need somebody's look. */
    Optional<String> refusal(String name, Requested requested) {
        var found = nodes.get("", name);
        if (found.isEmpty()) {
            return Optional.of("there is no node " + name);
        }
        var foreign =
                requested.dnsNames().stream().filter(dns -> !dns.equals(name)).findFirst();
        if (foreign.isPresent()) {
            return Optional.of(foreign.get() + " is not the node's name");
        }
        for (var text : requested.addresses()) {
            var address = InetAddress.ofLiteral(text);
            if (!addresses(found.get()).contains(address)) {
                return Optional.of(text + " is not the node's");
            }
            if (isOfEverybody(address)) {
                return Optional.of(text + " is nobody's in the network");
            }
            if (isOfService(address)) {
                return Optional.of(text + " is a service's");
            }
            if (isOfOlderNode(address, found.get())) {
                return Optional.of(text + " is another node's");
            }
        }
        return Optional.empty();
    }

    private static boolean isOfEverybody(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isAnyLocalAddress()
                || address.isMulticastAddress();
    }

    static Set<InetAddress> addresses(Node node) {
        Set<InetAddress> addresses = new HashSet<>();
        if (node.getStatus() != null && node.getStatus().getAddresses() != null) {
            node.getStatus().getAddresses().stream()
                    .filter(address -> ADDRESSES.contains(address.getType()))
                    .forEach(address -> addresses.addAll(parsed(List.of(address.getAddress()))));
        }
        return addresses;
    }

    /** What is no address is left out: services have {@code None} too. */
    private static Set<InetAddress> parsed(@Nullable List<String> texts) {
        Set<InetAddress> addresses = new HashSet<>();
        for (var text : texts == null ? List.<String>of() : texts) {
            try {
                addresses.add(InetAddress.ofLiteral(text));
            } catch (IllegalArgumentException _) {
                // none
            }
        }
        return addresses;
    }

    private boolean isOfOlderNode(InetAddress address, Node node) {
        return nodes.list().stream()
                .filter(other -> other.getMetadata()
                                .getCreationTimestamp()
                                .compareTo(node.getMetadata().getCreationTimestamp())
                        < 0)
                .anyMatch(other -> addresses(other).contains(address));
    }

    private boolean isOfService(InetAddress address) {
        return services.list().stream()
                .map(Service::getSpec)
                .anyMatch(spec -> parsed(spec.getClusterIPs()).contains(address)
                        || parsed(spec.getExternalIPs()).contains(address));
    }
}

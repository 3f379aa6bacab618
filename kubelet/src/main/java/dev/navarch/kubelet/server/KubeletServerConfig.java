package dev.navarch.kubelet.server;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.kubelet.certificates.Certified;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Where the node's API listens and whom it serves.
 *
 * @param certificate of the server; asked for at each connection, so that another one needs no restart. The same object
 *     means that nothing changed
 * @param clientAuthorities whom clients' certificates must come from
 * @param trusted common names of clients that may ask for all, the API server's; the group {@code system:masters} may too
 * @param reviews who judges all others; without it they are refused
 * @param protocols of TLS
 * @param cipherSuites by their IANA names; empty for those of the machine
 * @param lean whether a certificate that can't be used may be found when the first connection comes: a start loads less then
 */
public record KubeletServerConfig(
        InetSocketAddress address,
        Supplier<Certified> certificate,
        List<X509Certificate> clientAuthorities,
        Set<String> trusted,
        Optional<ApiClient> reviews,
        List<String> protocols,
        List<String> cipherSuites,
        boolean lean) {
    public static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    public KubeletServerConfig {
        requireNonNull(address);
        requireNonNull(certificate);
        clientAuthorities = List.copyOf(clientAuthorities);
        trusted = Set.copyOf(trusted);
        requireNonNull(reviews);
        protocols = List.copyOf(protocols);
        cipherSuites = List.copyOf(cipherSuites);
    }
}

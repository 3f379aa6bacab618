package dev.navarch.kubelet.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;

/**
 * Where the node's API listens and whom it serves.
 *
 * @param certificate of the server, PEM, with its chain
 * @param key of the certificate, PEM (PKCS #8)
 * @param clientCa the authority that clients' certificates must come from, PEM
 * @param allowedUsers common names of clients that may ask, the API server's; the group {@code system:masters} may too
 */
public record KubeletServerConfig(
        InetSocketAddress address, Path certificate, Path key, Path clientCa, Set<String> allowedUsers) {

    public KubeletServerConfig {
        allowedUsers = Set.copyOf(allowedUsers);
    }
}

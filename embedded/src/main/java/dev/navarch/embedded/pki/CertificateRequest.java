package dev.navarch.embedded.pki;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/**
 * What a certificate is to say.
 *
 * @param name the common name; Kubernetes takes it as the user
 * @param organizations Kubernetes takes them as the groups
 * @param hosts names and addresses that a server certificate holds for
 */
public record CertificateRequest(String name, List<String> organizations, Set<Usage> usages, List<String> hosts) {
    /** Extended key usages. */
    public enum Usage {
        CLIENT("1.3.6.1.5.5.7.3.2"),
        SERVER("1.3.6.1.5.5.7.3.1");

        private final String oid;

        Usage(String oid) {
            this.oid = oid;
        }

        /** The usage's object identifier. */
        String oid() {
            return oid;
        }
    }

    public CertificateRequest {
        organizations = List.copyOf(organizations);
        usages = Set.copyOf(usages);
        hosts = hosts.stream().distinct().sorted().toList();
    }

    public static CertificateRequest client(String name, String... organizations) {
        return new CertificateRequest(name, List.of(organizations), Set.of(Usage.CLIENT), List.of());
    }

    public static CertificateRequest server(String name, List<String> hosts) {
        return new CertificateRequest(name, List.of(), Set.of(Usage.SERVER), hosts);
    }

    static boolean isAddress(String host) {
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}

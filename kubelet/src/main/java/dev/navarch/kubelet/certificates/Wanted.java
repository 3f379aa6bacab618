package dev.navarch.kubelet.certificates;

import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;

/**
 * What a certificate is to say.
 *
 * @param addresses in numbers
 */
public record Wanted(String commonName, List<String> organizations, List<String> dnsNames, List<String> addresses) {
    private static final int DNS = 2;
    private static final int ADDRESS = 7;

    public Wanted {
        organizations = List.copyOf(organizations);
        dnsNames = List.copyOf(dnsNames);
        addresses = List.copyOf(addresses);
    }

    /** Of a node, which shows it to the API server. */
    public static Wanted client(String node) {
        return new Wanted("system:node:" + node, List.of("system:nodes"), List.of(), List.of());
    }

    /** Of a node, which serves its API with it. */
    public static Wanted serving(String node, Collection<String> addresses) {
        return new Wanted(
                "system:node:" + node,
                List.of("system:nodes"),
                List.of(node),
                addresses.stream().sorted().toList());
    }

    /** Whether a certificate says all of this; it may say more. */
    boolean isIn(X509Certificate certificate) throws GeneralSecurityException {
        return values(certificate, "CN").contains(commonName)
                && values(certificate, "O").containsAll(organizations)
                && names(certificate, DNS).containsAll(dnsNames)
                && addresses(names(certificate, ADDRESS)).containsAll(addresses(addresses));
    }

    private static Set<String> values(X509Certificate certificate, String attribute) throws GeneralSecurityException {
        Set<String> values = new HashSet<>();
        try {
            for (var part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase(attribute)) {
                    values.add(String.valueOf(part.getValue()));
                }
            }
        } catch (InvalidNameException e) {
            throw new GeneralSecurityException(e);
        }
        return values;
    }

    private static Set<String> names(X509Certificate certificate, int kind) throws GeneralSecurityException {
        Set<String> names = new HashSet<>();
        for (var name : Objects.requireNonNullElse(certificate.getSubjectAlternativeNames(), List.<List<?>>of())) {
            if (name.getFirst().equals(kind)) {
                names.add(String.valueOf(name.get(1)));
            }
        }
        return names;
    }

    /** In one spelling. */
    private static Set<InetAddress> addresses(Collection<String> texts) {
        Set<InetAddress> addresses = new HashSet<>();
        texts.forEach(text -> addresses.add(InetAddress.ofLiteral(text)));
        return addresses;
    }
}

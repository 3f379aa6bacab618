package dev.navarch.apiserver.request;

import java.util.ArrayList;
import java.util.List;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.security.auth.x500.X500Principal;

/**
 * Whom a certificate names, or is asked to name. Whoever lets somebody in and whoever checks what is asked for read it here, so
 * that they can't read it differently: parts of several values ({@code CN=a+O=b}) count like others.
 *
 * @param commonName the last one, as Go's crypto/x509 has it; empty if there is none
 * @param organizations in the order of LDAP, last part first
 */
public record CertificateSubject(String commonName, List<String> organizations) {

    public CertificateSubject {
        organizations = List.copyOf(organizations);
    }

    /** @throws IllegalArgumentException if the name can't be read */
    public static CertificateSubject of(X500Principal subject) {
        var name = "";
        List<String> organizations = new ArrayList<>();
        try {
            for (var part : new LdapName(subject.getName(X500Principal.RFC2253)).getRdns()) {
                var attributes = part.toAttributes().getAll();
                while (attributes.hasMore()) {
                    var attribute = attributes.next();
                    for (int i = 0; i < attribute.size(); i++) {
                        if (!(attribute.get(i) instanceof String value)) {
                            continue;
                        }
                        switch (attribute.getID()) {
                            case "CN" -> name = value;
                            case "O" -> organizations.add(value);
                            default -> {}
                        }
                    }
                }
            }
        } catch (NamingException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return new CertificateSubject(name, organizations);
    }
}

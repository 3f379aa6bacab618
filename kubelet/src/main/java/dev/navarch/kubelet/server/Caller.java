package dev.navarch.kubelet.server;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;

/** Who a client's certificate says it is: the common name is the user, the organizations are its groups. */
record Caller(String user, List<String> groups) {

    static Caller of(Certificate certificate) throws InvalidNameException {
        var name = new LdapName(
                ((X509Certificate) certificate).getSubjectX500Principal().getName());
        var user = "";
        List<String> groups = new ArrayList<>();
        for (var part : name.getRdns()) {
            if (part.getType().equalsIgnoreCase("CN")) {
                user = String.valueOf(part.getValue());
            } else if (part.getType().equalsIgnoreCase("O")) {
                groups.add(String.valueOf(part.getValue()));
            }
        }
        return new Caller(user, groups);
    }
}

package dev.navarch.kubelet.server;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import tools.jackson.databind.JsonNode;

/** Who asks. */
record Caller(String user, String uid, List<String> groups, Map<String, List<String>> extra) {
    private static final String AUTHENTICATED = "system:authenticated";

    Caller {
        groups = List.copyOf(groups);
        extra = Map.copyOf(extra);
    }

    /** As a client's certificate says: the common name is the user, the organizations are its groups. */
    static Caller of(Certificate certificate) throws NamingException {
        var name = new LdapName(
                ((X509Certificate) certificate).getSubjectX500Principal().getName());
        var user = "";
        List<String> groups = new ArrayList<>();
        for (var part : name.getRdns()) {
            var values = part.toAttributes().getAll();
            while (values.hasMore()) {
                var value = values.next();
                switch (value.getID()) {
                    case "CN" -> user = String.valueOf(value.get());
                    case "O" ->
                        groups.addAll(Collections.list(value.getAll()).stream()
                                .map(String::valueOf)
                                .toList());
                    default -> {}
                }
            }
        }
        groups.add(AUTHENTICATED);
        return new Caller(user, "", groups, Map.of());
    }

    /** As the API server says of a token. */
    static Caller of(JsonNode user) {
        Map<String, List<String>> extra = new HashMap<>();
        user.path("extra").properties().forEach(one -> extra.put(one.getKey(), texts(one.getValue())));
        return new Caller(
                user.path("username").asString(""), user.path("uid").asString(""), texts(user.path("groups")), extra);
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asString("")));
        return texts;
    }
}

package dev.navarch.apiserver.aggregation;

import dev.navarch.apiserver.net.FrontProxy;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Publishes, for other API servers, whose certificates say who a client is and who a front proxy is: the ConfigMap
 * {@code extension-apiserver-authentication}. Source: k8s.io/kubernetes
 * pkg/controlplane/controller/clusterauthenticationtrust.
 */
final class AuthenticationFacts {
    private static final Logger log = LoggerFactory.getLogger(AuthenticationFacts.class);
    private static final String NAMESPACE = "kube-system";
    static final String NAME = "extension-apiserver-authentication";
    private static final String PATH = "/api/v1/namespaces/" + NAMESPACE + "/configmaps";

    private final OwnRequests requests;
    private final Supplier<Optional<ObjectNode>> reader;
    private final Supplier<List<X509Certificate>> clientAuthorities;
    private final Optional<FrontProxy> proxy;

    /**
     * @param clientAuthorities at this moment
     * @param reader of the ConfigMap
     */
    AuthenticationFacts(
            Supplier<List<X509Certificate>> clientAuthorities,
            Optional<FrontProxy> proxy,
            OwnRequests requests,
            Supplier<Optional<ObjectNode>> reader) {
        this.clientAuthorities = clientAuthorities;
        this.proxy = proxy;
        this.requests = requests;
        this.reader = reader;
    }

    private Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        var authorities = clientAuthorities.get();
        if (!authorities.isEmpty()) {
            facts.put("client-ca-file", pem(authorities));
        }
        if (proxy.isPresent()) {
            var names = RemoteUser.Names.STANDARD;
            facts.put("requestheader-username-headers", list(names.user()));
            facts.put("requestheader-uid-headers", list(names.uid()));
            facts.put("requestheader-group-headers", list(names.group()));
            facts.put("requestheader-extra-headers-prefix", list(names.extraPrefixes()));
            facts.put("requestheader-client-ca-file", pem(proxy.get().authorities()));
            facts.put("requestheader-allowed-names", list(proxy.get().allowedNames()));
        }
        return facts;
    }

    private static String list(List<String> values) {
        return Tree.arrayOf(values).toString();
    }

    private static String pem(List<X509Certificate> certificates) {
        var encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
        var pem = new StringBuilder();
        try {
            for (var certificate : certificates) {
                pem.append("-----BEGIN CERTIFICATE-----\n")
                        .append(encoder.encodeToString(certificate.getEncoded()))
                        .append("\n-----END CERTIFICATE-----\n");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(e);
        }
        return pem.toString();
    }

    /** Puts them in order; what is refused is tried again the next time. */
    void publish() throws InterruptedException {
        var facts = facts();
        try {
            var there = reader.get();
            if (there.isEmpty()) {
                var object = Tree.object().put("kind", "ConfigMap").put("apiVersion", "v1");
                Meta.of(object).put("name", NAME).put("namespace", NAMESPACE);
                facts.forEach(Tree.childObject(object, "data")::put);
                requests.create(PATH, object);
            } else if (!Tree.stringMap(there.get(), "data").equals(facts)) {
                var data = there.get().putObject("data");
                facts.forEach(data::put);
                requests.update(PATH + "/" + NAME, there.get());
            }
        } catch (ApiFailure e) {
            log.warn("{} could not be published; trying again: {}", NAME, e.getMessage());
        }
    }
}

package dev.navarch.apiserver.extension;

import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whose certificates a cluster trusts, as it publishes that in {@code extension-apiserver-authentication} (source:
 * k8s.io/apiserver pkg/server/options/authentication.go).
 *
 * @param clients who vouch for clients
 * @param proxies who vouch for front proxies
 * @param proxyNames common names that front proxies may have; any if empty
 * @param fields in which front proxies name users
 */
public record Trust(
        List<X509Certificate> clients,
        List<X509Certificate> proxies,
        List<String> proxyNames,
        RemoteUser.Names fields) {
    private static final String PATH = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";

    public Trust {
        clients = List.copyOf(clients);
        proxies = List.copyOf(proxies);
        proxyNames = List.copyOf(proxyNames);
    }

    /** @throws IOException if the cluster does not say, or not understandably */
    public static Trust of(MainServer main) throws IOException {
        var facts = main.get(PATH).path("data");
        try {
            return new Trust(
                    certificates(facts, "client-ca-file"),
                    certificates(facts, "requestheader-client-ca-file"),
                    list(facts, "requestheader-allowed-names"),
                    new RemoteUser.Names(
                            list(facts, "requestheader-username-headers"),
                            list(facts, "requestheader-uid-headers"),
                            list(facts, "requestheader-group-headers"),
                            list(facts, "requestheader-extra-headers-prefix")));
        } catch (CertificateException | JacksonException e) {
            throw new IOException(PATH + ": " + e.getMessage(), e);
        }
    }

    private static List<X509Certificate> certificates(JsonNode facts, String name) throws CertificateException {
        var pem = Tree.text(facts, name).getBytes(StandardCharsets.US_ASCII);
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem)).stream()
                .map(X509Certificate.class::cast)
                .toList();
    }

    private static List<String> list(JsonNode facts, String name) {
        var text = Tree.text(facts, name);
        return text.isEmpty()
                ? List.of()
                : JsonMapper.shared()
                        .readTree(text)
                        .valueStream()
                        .map(v -> v.asString())
                        .toList();
    }
}

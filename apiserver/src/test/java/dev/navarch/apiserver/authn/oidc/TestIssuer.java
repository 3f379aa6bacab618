package dev.navarch.apiserver.authn.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.apiserver.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** An issuer of JSON web tokens: an HTTPS server with keys of its own. */
final class TestIssuer implements AutoCloseable {
    private static final char[] PASSWORD = "test".toCharArray();

    final TestCertificates certificates;
    final AtomicInteger fetches = new AtomicInteger();
    private final HttpsServer server;
    volatile String named;
    volatile List<JWK> keys;
    volatile boolean up = true;

    TestIssuer(TestCertificates certificates) throws Exception {
        this.certificates = certificates;
        keys = List.of(elliptic("k1"));
        var material = certificates.serving("issuer");
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("me", material.key(), PASSWORD, material.chain().toArray(X509Certificate[]::new));
        var identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        identity.init(store, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(identity.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        named = url();
        server.createContext("/", exchange -> {
            var body = switch (exchange.getRequestURI().getPath()) {
                case "/.well-known/openid-configuration", "/elsewhere" ->
                    "{\"issuer\":\"" + named + "\",\"jwks_uri\":\"" + url() + "/keys\"}";
                case "/keys" -> {
                    fetches.incrementAndGet();
                    yield new JWKSet(keys).toString(true);
                }
                default -> "";
            };
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(up && bytes.length > 0 ? 200 : 503, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    String url() {
        return "https://localhost:" + server.getAddress().getPort();
    }

    String authority() throws Exception {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(certificates.authorityCertificate().getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }

    static ECKey elliptic(String id) throws JOSEException {
        return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    }

    static RSAKey rsa(String id) throws JOSEException {
        return new RSAKeyGenerator(2048).keyID(id).generate();
    }

    /** A token of these claims, JSON, signed with the first key. */
    String token(String claims) throws Exception {
        return token(
                claims, keys.getFirst(), keys.getFirst() instanceof ECKey ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256);
    }

    static String token(String claims, JWK key, JWSAlgorithm algorithm) throws Exception {
        JWSSigner signer = key instanceof ECKey ec ? new ECDSASigner(ec) : new RSASSASigner(key.toRSAKey());
        var token = new JWSObject(
                new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), new Payload(claims));
        token.sign(signer);
        return token.serialize();
    }

    @Override
    public void close() throws IOException {
        server.stop(0);
    }
}

package dev.navarch.apiserver.authn.oidc;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.net.ServerNameTrust;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An issuer's public keys, found by OpenID Connect discovery and asked for again when a token names another one; at most once
 * a second, whatever tokens come. Redirects are not followed. Source: github.com/coreos/go-oidc oidc/{oidc,jwks}.go.
 */
final class IssuerKeys implements AutoCloseable {
    private static final String WELL_KNOWN = "/.well-known/openid-configuration";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int MOST_BYTES = 1024 * 1024;

    private final JwtSettings.Issuer issuer;
    private final TimeSource time;
    private final JwtMetrics metrics;
    private final HttpClient client;
    private final JsonMapper json = JsonMapper.shared();
    private final ReentrantLock fetching = new ReentrantLock();
    private volatile @Nullable Source source;

    /** Where the keys are, and those that were got last. */
    private record Source(URI address, List<JWK> keys, long fetchedAt) {}

    /** @throws IllegalArgumentException if the authorities can't be read */
    IssuerKeys(JwtSettings.Issuer issuer, TimeSource time, JwtMetrics metrics) {
        this.issuer = issuer;
        this.time = time;
        this.metrics = metrics;
        try {
            client = HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(PATIENCE)
                    .executor(task -> Thread.ofVirtual().name("issuer").start(task))
                    .sslContext(ServerNameTrust.context(issuer.authorities().getBytes(StandardCharsets.UTF_8), ""))
                    .build();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("Failed to read the CA contents: " + e.getMessage(), e);
        }
    }

    /** Whether it is known where the keys are. */
    boolean found() {
        return source != null;
    }

    /**
     * Finds out where the keys are, and gets them.
     *
     * @throws IOException if the issuer can't be reached, or is another one
     */
    void discover() throws IOException, InterruptedException {
        var usual = issuer.url().replaceFirst("/$", "") + WELL_KNOWN;
        var configuration =
                get(URI.create(issuer.discoveryUrl().isEmpty() ? usual : issuer.discoveryUrl()), new StringBuilder());
        var named = Tree.text(configuration, "issuer");
        if (!named.equals(issuer.url())) {
            throw new IOException("oidc: issuer did not match the issuer returned by provider, expected "
                    + GoText.quote(issuer.url()) + " got " + GoText.quote(named));
        }
        var address = Tree.text(configuration, "jwks_uri");
        if (address.isEmpty()) {
            throw new IOException("provider did not return JWKS URL");
        }
        try {
            source = new Source(new URI(address), List.of(), time.nanoTime() - PAUSE.toNanos());
        } catch (URISyntaxException e) {
            throw new IOException("provider did not return JWKS URL: " + e.getMessage(), e);
        }
    }

    /** Those that are known. */
    List<JWK> known() {
        var now = source;
        return now == null ? List.of() : now.keys;
    }

    /**
     * Those that the issuer has now, if some time has passed since it was asked.
     *
     * @param known what the caller has seen; others than these are given at once
     */
    List<JWK> fetch(List<JWK> known) throws IOException, InterruptedException {
        fetching.lockInterruptibly();
        try {
            var before = source;
            if (before == null || before.keys != known || time.nanoTime() - before.fetchedAt < PAUSE.toNanos()) {
                return known();
            }
            var text = new StringBuilder();
            try {
                var tree = get(before.address, text);
                var keys = List.copyOf(JWKSet.parse(tree.toString()).getKeys());
                source = new Source(before.address, keys, time.nanoTime());
                metrics.fetched(issuer.url(), true);
                metrics.keys(issuer.url(), text.toString());
                return keys;
            } catch (IOException | ParseException e) {
                source = new Source(before.address, before.keys, time.nanoTime());
                metrics.fetched(issuer.url(), false);
                throw new IOException("fetching keys " + e.getMessage(), e);
            }
        } finally {
            fetching.unlock();
        }
    }

    private JsonNode get(URI address, StringBuilder text) throws IOException, InterruptedException {
        if (!"https".equals(address.getScheme())) {
            throw new IOException("Get " + GoText.quote(address.toString()) + ": the scheme must be https");
        }
        var request = HttpRequest.newBuilder(address)
                .timeout(PATIENCE)
                .header("Accept", "application/json")
                .build();
        var answer = client.send(request, BodyHandlers.limiting(BodyHandlers.ofString(), MOST_BYTES));
        if (answer.statusCode() != 200) {
            throw new IOException(
                    "Get " + GoText.quote(address.toString()) + ": " + answer.statusCode() + " instead of 200");
        }
        text.append(answer.body());
        try {
            return json.readTree(answer.body());
        } catch (JacksonException _) {
            throw new IOException("Get " + GoText.quote(address.toString()) + ": the answer is not JSON");
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}

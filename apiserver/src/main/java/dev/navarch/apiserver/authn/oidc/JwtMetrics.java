package dev.navarch.apiserver.authn.oidc;

import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is counted of issuers and of the file that names them. Sources: k8s.io/apiserver
 * plugin/pkg/authenticator/token/oidc/metrics.go, pkg/server/options/authenticationconfig/metrics/metrics.go.
 */
public final class JwtMetrics {
    private static final double[] SECONDS = {.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
    private static final String AUTHENTICATOR = "apiserver_authentication_jwt_authenticator_";
    private static final String RELOADER = "apiserver_authentication_config_controller_";

    private final TimeSource time;
    private final String server;
    private final Histogram latency;
    private final Gauge fetched;
    private final Info keySets;
    private final Counter reloads;
    private final Gauge reloaded;
    private final Info config;
    private final Map<String, String> keysOf = new ConcurrentHashMap<>();

    /** @param server name of this server among others */
    public JwtMetrics(String server, TimeSource time, PrometheusRegistry registry) {
        this.time = time;
        this.server = hash(server);
        latency = Histogram.builder()
                .name(AUTHENTICATOR + "latency_seconds")
                .help("Seconds that it took to examine a token that was not known.")
                .labelNames("result", "jwt_issuer_hash")
                .classicOnly()
                .classicUpperBounds(SECONDS)
                .register(registry);
        fetched = Gauge.builder()
                .name(AUTHENTICATOR + "jwks_fetch_last_timestamp_seconds")
                .help("When keys were last asked for.")
                .labelNames("result", "jwt_issuer_hash", "apiserver_id_hash")
                .register(registry);
        keySets = Info.builder()
                .name(AUTHENTICATOR + "jwks_fetch_last_key_set_info")
                .help("The keys that were got last, by a hash of them.")
                .labelNames("jwt_issuer_hash", "apiserver_id_hash", "hash")
                .register(registry);
        reloads = Counter.builder()
                .name(RELOADER + "automatic_reloads_total")
                .help("How often the configuration of authentication was read again.")
                .labelNames("status", "apiserver_id_hash")
                .register(registry);
        reloaded = Gauge.builder()
                .name(RELOADER + "automatic_reload_last_timestamp_seconds")
                .help("When that was last.")
                .labelNames("status", "apiserver_id_hash")
                .register(registry);
        config = Info.builder()
                .name(RELOADER + "last_config_info")
                .help("The configuration in force, by a hash of it.")
                .labelNames("apiserver_id_hash", "hash")
                .register(registry);
    }

    long start() {
        return time.nanoTime();
    }

    void examined(String issuer, boolean ok, long from) {
        latency.labelValues(ok ? "success" : "failure", hash(issuer)).observe((time.nanoTime() - from) / 1e9);
    }

    void fetched(String issuer, boolean ok) {
        fetched.labelValues(ok ? "success" : "failure", hash(issuer), server).set(seconds());
    }

    void keys(String issuer, String text) {
        var now = hash(text);
        var before = keysOf.put(issuer, now);
        if (!now.equals(before)) {
            if (before != null) {
                keySets.remove(hash(issuer), server, before);
            }
            keySets.addLabelValues(hash(issuer), server, now);
        }
    }

    /** There is no such issuer any more. */
    void forget(String issuer) {
        var keys = keysOf.remove(issuer);
        if (keys != null) {
            keySets.remove(hash(issuer), server, keys);
        }
        fetched.remove("success", hash(issuer), server);
        fetched.remove("failure", hash(issuer), server);
    }

    void reloaded(boolean ok) {
        var status = ok ? "success" : "failure";
        reloads.labelValues(status, server).inc();
        reloaded.labelValues(status, server).set(seconds());
    }

    void configured(String text) {
        config.setLabelValues(server, hash(text));
    }

    private double seconds() {
        return time.now().toEpochMilli() / 1e3;
    }

    private static String hash(String text) {
        if (text.isEmpty()) {
            return "";
        }
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

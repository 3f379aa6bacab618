package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.authz.AuthorizationSettings.Link;
import dev.navarch.apiserver.authz.AuthorizationSettings.Source;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the file of the authorizers has changed. A wrong one is told and changes nothing (source: kubernetes
 * pkg/kubeapiserver/authorizer/reload.go; k8s.io/apiserver pkg/server/options/authorizationconfig/metrics/metrics.go).
 */
final class ChainReload implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChainReload.class);
    /** Upstream is told by the file system, and else looks every minute. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    private static final double MILLIS = 1e3;

    private final Counter reloads = Counter.builder()
            .name("apiserver_authorization_config_controller_automatic_reloads_total")
            .help("Automatic reloads of the authorization configuration, by status and identity of the server.")
            .labelNames("status", "apiserver_id_hash")
            .build();
    private final Gauge last = Gauge.builder()
            .name("apiserver_authorization_config_controller_automatic_reload_last_timestamp_seconds")
            .help("When the authorization configuration was last reloaded, by status and identity of the server.")
            .labelNames("status", "apiserver_id_hash")
            .build();
    private final Info applied = Info.builder()
            .name("apiserver_authorization_config_controller_last_config_info")
            .help("The hash of the authorization configuration in force, by identity of the server.")
            .labelNames("apiserver_id_hash", "hash")
            .build();

    private final Source source;
    private final String server;
    private final TimeSource time;
    private final Consumer<List<Link>> receiver;
    private byte[] known;
    private TimeSource.Timer timer;
    private boolean closed;

    /**
     * @param server as which the server is counted
     * @param receiver gets each chain that is read; may throw {@link IllegalArgumentException}
     */
    ChainReload(Source source, String server, TimeSource time, Consumer<List<Link>> receiver) {
        this.source = source;
        this.server = hash(server.getBytes(StandardCharsets.UTF_8));
        this.time = time;
        this.receiver = receiver;
        try {
            known = source.read();
        } catch (IOException _) {
            known = new byte[0]; // told at the next look
        }
        applied.setLabelValues(this.server, hash(known));
        timer = time.schedule(LOOK, this::look);
    }

    void register(PrometheusRegistry registry) {
        registry.register(reloads);
        registry.register(last);
        registry.register(applied);
    }

    private synchronized void look() {
        if (closed) {
            return;
        }
        try {
            var text = source.read();
            if (!Arrays.equals(text, known)) {
                known = text;
                receiver.accept(source.chain(text));
                applied.setLabelValues(server, hash(text));
                count("success");
                log.info("The authorization configuration was reloaded");
            }
        } catch (IOException | IllegalArgumentException e) {
            count("failure");
            log.error("The authorization configuration can't be reloaded; the former one stays: {}", e.getMessage());
        }
        timer = time.schedule(LOOK, this::look);
    }

    private void count(String status) {
        reloads.labelValues(status, server).inc();
        last.labelValues(status, server).set(time.now().toEpochMilli() / MILLIS);
    }

    private static String hash(byte[] data) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.cancel();
    }
}

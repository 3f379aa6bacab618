package dev.navarch.apiserver.encryption;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.time.TimeSource;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What is counted of encryption, under upstream's names (sources: k8s.io/apiserver pkg/storage/value/metrics.go,
 * pkg/storage/value/encrypt/envelope/metrics/metrics.go, pkg/server/options/encryptionconfig/metrics/metrics.go). Keys' ids
 * and this server's are shown as hashes.
 */
final class EncryptionMetrics {
    private final TimeSource time;
    private final String server;
    private final PrometheusRegistry registry = new PrometheusRegistry();

    private final Histogram transformations = histogram(
            "apiserver_storage_transformation_duration_seconds",
            "Seconds that sealing and opening values took.",
            5e-6,
            25,
            "transformation_type",
            "transformer_prefix");
    private final Counter operations = counter(
            "apiserver_storage_transformation_operations_total",
            "Values sealed and opened, by how that went.",
            "resource",
            "transformation_type",
            "transformer_prefix",
            "status");
    private final Counter misses = counter(
            "apiserver_storage_envelope_transformation_cache_misses_total",
            "Keys that a KMS plugin had to be asked for.");
    private final Histogram seeds = histogram(
            "apiserver_storage_data_key_generation_duration_seconds", "Seconds that making keys took.", 5e-6, 14);
    private final Histogram calls = histogram(
            "apiserver_envelope_encryption_kms_operations_latency_seconds",
            "Seconds that KMS plugins took.",
            1e-4,
            20,
            "provider_name",
            "method_name",
            "grpc_status_code");
    private final Counter keyIds = counter(
            "apiserver_envelope_encryption_key_id_hash_total",
            "Values sealed and opened, by key of the KMS plugin.",
            "transformation_type",
            "provider_name",
            "key_id_hash",
            "apiserver_id_hash");
    private final Gauge keyIdTimes = gauge(
            "apiserver_envelope_encryption_key_id_hash_last_timestamp_seconds",
            "When a key of a KMS plugin was last used.",
            "transformation_type",
            "provider_name",
            "key_id_hash",
            "apiserver_id_hash");
    private final Gauge toldTimes = gauge(
            "apiserver_envelope_encryption_key_id_hash_status_last_timestamp_seconds",
            "When a KMS plugin last said that this is its key.",
            "provider_name",
            "key_id_hash",
            "apiserver_id_hash");
    private final Counter invalid = counter(
            "apiserver_envelope_encryption_invalid_key_id_from_status_total",
            "Ids of keys from KMS plugins that can't be used.",
            "provider_name",
            "error");
    private final Gauge cached = gauge(
            "apiserver_envelope_encryption_dek_source_cache_size",
            "Keys of a KMS plugin that are known here.",
            "provider_name");
    private final Counter reloads = counter(
            "apiserver_encryption_config_controller_automatic_reloads_total",
            "Times that a changed EncryptionConfiguration was taken over or refused.",
            "status",
            "apiserver_id_hash");
    private final Gauge reloadTimes = gauge(
            "apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds",
            "When a changed EncryptionConfiguration was last taken over or refused.",
            "status",
            "apiserver_id_hash");
    private final Info config = Info.builder()
            .name("apiserver_encryption_config_controller_last_config")
            .help("The EncryptionConfiguration in use, by its hash.")
            .labelNames("apiserver_id_hash", "hash")
            .register(registry);

    /** @param server names this server, and is shown as a hash */
    EncryptionMetrics(TimeSource time, String server) {
        this.time = time;
        this.server = hash(server);
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    private Gauge gauge(String name, String help, String... labels) {
        return Gauge.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    private Histogram histogram(String name, String help, double first, int buckets, String... labels) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .classicOnly()
                .classicExponentialUpperBounds(first, 2, buckets)
                .register(registry);
    }

    PrometheusRegistry registry() {
        return registry;
    }

    long begin() {
        return time.nanoTime();
    }

    private double since(long begin) {
        return (time.nanoTime() - begin) / 1e9;
    }

    private double now() {
        var now = time.now();
        return now.getEpochSecond() + now.getNano() / 1e9;
    }

    /** @param status "OK", or what failed */
    void transformed(String resource, String direction, String prefix, long begin, String status) {
        operations.labelValues(resource, direction, prefix, status).inc();
        if (status.equals("OK")) {
            transformations.labelValues(direction, prefix).observe(since(begin));
        }
    }

    void seedMissed() {
        misses.inc();
    }

    void seedMade() {
        seeds.observe(0);
    }

    void called(String provider, String method, String code, long nanos) {
        calls.labelValues(provider, method, code).observe(nanos / 1e9);
    }

    void keyIdUsed(String direction, String provider, String keyId) {
        var hash = hash(keyId);
        keyIds.labelValues(direction, provider, hash, server).inc();
        keyIdTimes.labelValues(direction, provider, hash, server).set(now());
    }

    void keyIdTold(String provider, String keyId) {
        toldTimes.labelValues(provider, hash(keyId), server).set(now());
    }

    void invalidKeyId(String provider, String error) {
        invalid.labelValues(provider, error).inc();
    }

    void seeds(String provider, int known) {
        cached.labelValues(provider).set(known);
    }

    void reloaded(boolean taken) {
        var status = taken ? "success" : "failure";
        reloads.labelValues(status, server).inc();
        reloadTimes.labelValues(status, server).set(now());
    }

    void configured(String hash) {
        config.setLabelValues(server, hash);
    }

    /** Empty of what is empty. */
    static String hash(String text) {
        return text.isEmpty() ? "" : hash(text.getBytes(UTF_8));
    }

    static String hash(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

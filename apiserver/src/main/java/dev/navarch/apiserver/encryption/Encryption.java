package dev.navarch.apiserver.encryption;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.apiserver.pages.HealthCheck;
import dev.navarch.storage.TransformException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.time.TimeSource;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals and opens values as an EncryptionConfiguration says, and as its file says later, if it is to be followed (sources:
 * k8s.io/apiserver pkg/server/options/encryptionconfig/config.go and controller/controller.go). What is sealed looks as it
 * does from a kube-apiserver.
 */
public final class Encryption implements ValueTransformer, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Encryption.class);
    private static final String PROVIDERS = "kms-providers";
    private static final Duration POLL = Duration.ofMinutes(1);
    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    private static final String NAMES = "/registry/";
    /** What lies beside resources' objects, and no rule can name (source: validation_encryption.go, nonRESTAPIResourceErr). */
    private static final Set<String> NO_RESOURCES = Set.of("masterleases", "ranges");

    private static final String BLOCK_KEY = "no matching key was found for the provided AES transformer";
    private static final String BOX_KEY = "no matching key was found for the provided Secretbox transformer";
    private static final byte[] NO_PLACE = new byte[0];
    private static final Identity IDENTITY = new Identity();

    private final Path file;
    private final Plugins plugins;
    private final TimeSource time;
    private final SecureRandom random;
    private final EncryptionMetrics metrics;
    private final boolean follows;
    private volatile Active active;
    private volatile TimeSource.@Nullable Timer poll;
    private volatile boolean closed;
    /** Guarded by this. */
    private Duration retry = FIRST_RETRY;

    /** Connects to KMS plugins. */
    public interface Plugins {
        /**
         * @param endpoint as in {@code unix:///run/kms.sock}
         * @param timeout of each call
         * @param calls is told of each
         */
        KmsService connect(String endpoint, Duration timeout, Calls calls);
    }

    /** Is told of the calls of a plugin. */
    public interface Calls {
        /**
         * @param method as in {@code /v2.KeyManagementService/Status}
         * @param code gRPC's, as in {@code OK}
         * @param nanos how long it took
         */
        void called(String method, String code, long nanos);
    }

    /** What one reading of the file came to. */
    private record Active(
            Map<EncryptionConfig.Resource, Prefixed> rules,
            Map<String, Optional<Rule>> byPrefix,
            List<KmsProvider> providers,
            Duration grace,
            String hash) {
        void close() {
            providers.forEach(KmsProvider::close);
        }

        /** Keys' resources are few, and looked up for each value. */
        Optional<Rule> rule(String key) {
            int group = NAMES.length();
            int resource = key.indexOf('/', group) + 1;
            int end = resource == 0 ? -1 : key.indexOf('/', resource);
            if (end < 0 || !key.startsWith(NAMES)) {
                return Optional.empty();
            }
            var prefix = key.substring(group, end);
            var found = byPrefix.get(prefix);
            return found != null ? found : byPrefix.computeIfAbsent(prefix, this::find);
        }

        private Optional<Rule> find(String prefix) {
            int slash = prefix.indexOf('/');
            var stored = prefix.substring(0, slash);
            if (NO_RESOURCES.contains(stored)) {
                return Optional.empty();
            }
            var resource =
                    new EncryptionConfig.Resource(prefix.substring(slash + 1), stored.equals("core") ? "" : stored);
            for (var candidate : List.of(
                    resource, new EncryptionConfig.Resource("*", resource.group()), EncryptionConfig.Resource.ALL)) {
                var rule = rules.get(candidate);
                if (rule != null) {
                    return Optional.of(new Rule(resource.toString(), rule));
                }
            }
            return Optional.empty();
        }
    }

    private record Rule(String resource, Prefixed transformation) {}

    private Encryption(Path file, boolean follows, Plugins plugins, TimeSource time, SecureRandom random, String server)
            throws IOException {
        this.file = file;
        this.follows = follows;
        this.plugins = plugins;
        this.time = time;
        this.random = random;
        metrics = new EncryptionMetrics(time, server);
        active = read();
        metrics.configured(active.hash);
        plan(POLL);
    }

    /**
     * Reads the configuration, and asks each plugin once how it is; that it is not well is no reason not to start.
     *
     * @param follow whether the file is read again when it changes
     * @param server names this server in metrics, where it is shown as a hash
     * @throws IOException if the file can't be read
     * @throws IllegalArgumentException if it is wrong
     */
    public static Encryption read(
            Path file, boolean follow, Plugins plugins, TimeSource time, SecureRandom random, String server)
            throws IOException {
        return new Encryption(file, follow, plugins, time, random, server);
    }

    private Active read() throws IOException {
        var bytes = Files.readAllBytes(file);
        if (bytes.length == 0) {
            throw new IllegalArgumentException("encryption provider configuration file \"" + file + "\" is empty");
        }
        var config = EncryptionConfig.parse(new String(bytes, UTF_8));
        List<KmsProvider> providers = new ArrayList<>();
        Map<EncryptionConfig.Resource, List<Prefixed.Choice>> choices = new HashMap<>();
        var grace = Duration.ZERO;
        for (var rule : config.rules()) {
            List<Prefixed.Choice> own = new ArrayList<>();
            for (var provider : rule.providers()) {
                own.add(choice(provider, providers));
                if (provider instanceof EncryptionConfig.Provider.Kms kms) {
                    grace = grace.plus(kms.timeout().multipliedBy(2));
                }
            }
            rule.resources()
                    .forEach(resource -> choices.computeIfAbsent(resource, _ -> new ArrayList<>())
                            .addAll(own));
        }
        Map<EncryptionConfig.Resource, Prefixed> rules = new HashMap<>();
        choices.forEach((resource, all) -> rules.put(resource, new Prefixed(all, "no matching prefix found")));
        providers.forEach(KmsProvider::start);
        return new Active(rules, new ConcurrentHashMap<>(), providers, grace, EncryptionMetrics.hash(bytes));
    }

    private Prefixed.Choice choice(EncryptionConfig.Provider provider, List<KmsProvider> providers) {
        return switch (provider) {
            case EncryptionConfig.Provider.Plain _ -> new Prefixed.Choice("", IDENTITY);
            case EncryptionConfig.Provider.Gcm(var keys) ->
                keyed("aesgcm", keys, key -> new AesGcm(key, random), BLOCK_KEY);
            case EncryptionConfig.Provider.Cbc(var keys) ->
                keyed("aescbc", keys, key -> new AesCbc(key, random), BLOCK_KEY);
            case EncryptionConfig.Provider.Box(var keys) ->
                keyed("secretbox", keys, key -> new SecretBox(key, random), BOX_KEY);
            case EncryptionConfig.Provider.Kms(var name, var endpoint, var timeout) -> {
                var service = plugins.connect(
                        endpoint, timeout, (method, code, nanos) -> metrics.called(name, method, code, nanos));
                var kms = new KmsProvider(name, service, time, random, metrics);
                providers.add(kms);
                yield new Prefixed.Choice(PREFIX + "kms:v2:" + name + ":", kms);
            }
        };
    }

    private interface Keyed {
        Transformation with(byte[] key);
    }

    private static Prefixed.Choice keyed(String name, List<EncryptionConfig.Key> keys, Keyed keyed, String nobody) {
        return new Prefixed.Choice(
                PREFIX + name + ":v1:",
                new Prefixed(
                        keys.stream()
                                .map(key -> new Prefixed.Choice(key.name() + ":", keyed.with(key.secret())))
                                .toList(),
                        nobody));
    }

    @Override
    public byte[] seal(String key, String place, byte[] value) {
        var rule = active.rule(key).orElse(null);
        if (rule == null) {
            return value;
        }
        long begin = metrics.begin();
        var prefix = rule.transformation.firstPrefix();
        try {
            var sealed = rule.transformation.seal(value, place.getBytes(UTF_8));
            metrics.transformed(rule.resource, "to_storage", prefix, begin, "OK");
            return sealed;
        } catch (SealFailure e) {
            metrics.transformed(rule.resource, "to_storage", prefix, begin, "unknown-non-grpc");
            throw new TransformException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public byte[] open(String key, String place, byte[] stored) {
        var rule = active.rule(key).orElse(null);
        try {
            return rule == null
                    ? IDENTITY.open(stored, NO_PLACE).value()
                    : opened(rule, place, stored).value();
        } catch (SealFailure e) {
            throw new TransformException(place, String.valueOf(e.getMessage()));
        }
    }

    private Transformation.Opened opened(Rule rule, String place, byte[] stored) {
        long begin = metrics.begin();
        var prefix = rule.transformation.prefixOf(stored);
        try {
            var opened = rule.transformation.open(stored, place.getBytes(UTF_8));
            metrics.transformed(rule.resource, "from_storage", prefix, begin, "OK");
            return opened;
        } catch (SealFailure e) {
            metrics.transformed(rule.resource, "from_storage", prefix, begin, "unknown-non-grpc");
            throw e;
        }
    }

    @Override
    public boolean stale(String key, String place, byte[] stored) {
        try {
            return active.rule(key)
                    .map(rule -> opened(rule, place, stored).stale())
                    .orElse(false);
        } catch (SealFailure _) {
            return false;
        }
    }

    /** What health is told of plugins; nothing where there are none, and will be none. */
    public List<HealthCheck> checks() {
        return follows || !active.providers.isEmpty()
                ? List.of(new HealthCheck(PROVIDERS, () -> failure(active)))
                : List.of();
    }

    private static Optional<String> failure(Active active) {
        List<String> failures = new ArrayList<>();
        for (int i = 0; i < active.providers.size(); i++) {
            var name = "kms-provider-" + i + ": ";
            active.providers.get(i).failure().ifPresent(why -> failures.add(name + why));
        }
        return switch (failures.size()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(failures.getFirst());
            default -> Optional.of("[" + String.join(", ", failures) + "]");
        };
    }

    /** What is counted. */
    public MultiCollector metrics() {
        return metrics.registry()::scrape;
    }

    private void plan(Duration delay) {
        if (follows && !closed) {
            poll = time.schedule(delay, this::reload);
        }
    }

    /** Takes the file over if it changed, is right, and its plugins are well; goes on with what there is otherwise. */
    private synchronized void reload() {
        var delay = POLL;
        try {
            if (reloaded()) {
                metrics.reloaded(true);
                log.info("Loaded new encryption configuration from {}", file);
            }
            retry = FIRST_RETRY;
        } catch (IOException | RuntimeException e) {
            metrics.reloaded(false);
            log.error("error processing encryption config file {}: {}", file, e.getMessage());
            delay = retry;
            retry = retry.multipliedBy(2).compareTo(POLL) > 0 ? POLL : retry.multipliedBy(2);
        }
        plan(delay);
    }

    private boolean reloaded() throws IOException {
        var before = active;
        if (EncryptionMetrics.hash(Files.readAllBytes(file)).equals(before.hash)) {
            return false;
        }
        var now = read();
        var sick = failure(now);
        if (sick.isPresent()) {
            now.close();
            throw new IllegalStateException("health check for new transformers failed: " + sick.get());
        }
        active = now;
        metrics.configured(now.hash);
        time.schedule(before.grace, before::close); // calls may be under way
        return true;
    }

    @Override
    public void close() {
        closed = true;
        var timer = poll;
        if (timer != null) {
            timer.cancel();
        }
        active.close();
    }
}

package dev.navarch.apiserver.encryption;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.time.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals values with keys from a seed that a KMS plugin's key seals. The plugin is asked how it is each minute, sooner while
 * it is not well; when its key is another one, so is the seed. Reading goes on for as long as the seeds are known or the
 * plugin tells them; writing for three minutes after the plugin was last well (sources: k8s.io/apiserver
 * pkg/storage/value/encrypt/envelope/kmsv2/envelope.go and pkg/server/options/encryptionconfig/config.go).
 */
final class KmsProvider implements Transformation, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KmsProvider.class);
    static final Duration WELL_INTERVAL = Duration.ofMinutes(1);
    static final Duration ILL_INTERVAL = Duration.ofSeconds(10);
    private static final Duration WRITES_UNTIL = Duration.ofMinutes(3);
    private static final Duration WELL_FOR = Duration.ofSeconds(20);
    private static final Duration ILL_FOR = Duration.ofSeconds(3);
    /** For how long a seed that the plugin did not tell is not asked for again. */
    private static final Duration REFUSAL_FOR = Duration.ofSeconds(1);

    private final String name;
    private final KmsService service;
    private final TimeSource time;
    private final SecureRandom random;
    private final EncryptionMetrics metrics;
    private final SeedCache seeds;
    private final AtomicBoolean checking = new AtomicBoolean();
    private volatile @Nullable State state;
    private volatile Health health = new Health("not asked yet", Long.MIN_VALUE);
    private volatile TimeSource.@Nullable Timer next;
    private volatile boolean closed;
    /** The first that the plugin told. Guarded by this. */
    private String version = "";

    /** What is written with. */
    private record State(EncryptedObject envelope, Transformation transformation, String cacheKey, Instant expires) {}

    /** @param failure empty if all is well */
    private record Health(String failure, long at) {}

    KmsProvider(String name, KmsService service, TimeSource time, SecureRandom random, EncryptionMetrics metrics) {
        this.name = name;
        this.service = service;
        this.time = time;
        this.random = random;
        this.metrics = metrics;
        seeds = new SeedCache(time, REFUSAL_FOR, size -> metrics.seeds(name, size));
    }

    /** Asks the plugin for the first time, and from time to time from now on. */
    void start() {
        check();
    }

    /** Asks the plugin how it is, and for a seed if need be. */
    synchronized void check() {
        String failure;
        try {
            failure = look();
        } catch (IOException e) {
            failure = "failed to perform status section of the healthz check for KMS Provider " + name + ", error: "
                    + e.getMessage();
        } catch (RuntimeException e) {
            failure = "kmsv2 Provider " + name + " is not healthy, error: " + e;
        }
        if (!failure.isEmpty()) {
            log.warn("A KMS plugin is not well: {}", failure);
        }
        health = new Health(failure, time.nanoTime());
        plan(failure.isEmpty() ? WELL_INTERVAL : ILL_INTERVAL);
    }

    private void plan(Duration delay) {
        var before = next;
        if (before != null) {
            before.cancel();
        }
        if (!closed) {
            next = time.schedule(delay, this::check);
        }
    }

    /** Why the plugin or its seed can't be used; empty if they can. Guarded by this. */
    private String look() throws IOException {
        var status = service.status();
        List<String> faults = new ArrayList<>();
        if (!status.healthz().equals("ok")) {
            faults.add("got unexpected healthz status: " + status.healthz());
        }
        if (!status.version().equals("v2") && !status.version().equals("v2beta1")) {
            faults.add("expected KMSv2 API version v2, got " + status.version());
        } else if (version.isEmpty()) {
            version = status.version();
        } else if (!version.equals(status.version())) {
            faults.add("KMSv2 API version should not change after the initial status response version " + version
                    + ", got " + status.version());
        }
        var keyIdFault = EncryptedObject.keyIdFault(status.keyId());
        if (keyIdFault.isEmpty()) {
            metrics.keyIdTold(name, status.keyId());
            rotate(status.keyId()).ifPresent(faults::add);
        } else {
            metrics.invalidKeyId(name, status.keyId().isEmpty() ? "empty" : "too_long");
            faults.add(
                    "got invalid KMSv2 KeyID hash \"" + EncryptionMetrics.hash(status.keyId()) + "\": " + keyIdFault);
        }
        return faults.isEmpty()
                ? ""
                : "kmsv2 Provider " + name + " is not healthy, error: "
                        + (faults.size() == 1 ? faults.getFirst() : "[" + String.join(", ", faults) + "]");
    }

    /** Takes another seed if the plugin's key is another one. */
    private Optional<String> rotate(String keyId) {
        var expires = time.now().plus(WRITES_UNTIL);
        var now = state;
        if (now != null && now.envelope.keyId().equals(keyId)) {
            state = new State(now.envelope, now.transformation, now.cacheKey, expires);
            return Optional.empty();
        }
        var seed = new byte[ExtendedNonceGcm.SEED];
        random.nextBytes(seed);
        metrics.seedMade();
        String failure;
        try {
            var sealed = service.encrypt(uid(), seed);
            var envelope =
                    new EncryptedObject(new byte[1], sealed.keyId(), sealed.ciphertext(), sealed.annotations(), true);
            if (sealed.keyId().equals(keyId)) {
                var transformation = new ExtendedNonceGcm(seed, random);
                var cacheKey = cacheKey(envelope);
                seeds.put(cacheKey, transformation);
                state = new State(envelope, transformation, cacheKey, expires);
                return Optional.empty();
            }
            failure = "encryptKeyIDHash=\"" + EncryptionMetrics.hash(sealed.keyId()) + "\"";
        } catch (IOException e) {
            failure = "errGen=failed to encrypt DEK, error: " + e.getMessage();
        } catch (SealFailure e) {
            failure = "errGen=" + e.getMessage();
        }
        return Optional.of("failed to rotate DEK " + failure + ", statusKeyIDHash=\"" + EncryptionMetrics.hash(keyId)
                + "\", stateKeyIDHash=\""
                + (now == null ? "" : EncryptionMetrics.hash(now.envelope.keyId())) + "\"");
    }

    private static String uid() {
        return UUID.randomUUID().toString();
    }

    /** What is wrong with the plugin, as of some seconds ago; empty if nothing is. Never blocks. */
    Optional<String> failure() {
        var last = health;
        boolean well = last.failure.isEmpty();
        long age = time.nanoTime() - last.at;
        if (age > (well ? WELL_FOR : ILL_FOR).toNanos() && !closed && checking.compareAndSet(false, true)) {
            time.start("kms-check", () -> {
                try {
                    check();
                } finally {
                    checking.set(false);
                }
            });
        }
        return well ? Optional.empty() : Optional.of(last.failure);
    }

    @Override
    public byte[] seal(byte[] value, byte[] place) {
        var now = usable();
        if (time.now().isAfter(now.expires)) {
            throw new SealFailure("encryptedDEKSource with keyID hash \""
                    + EncryptionMetrics.hash(now.envelope.keyId()) + "\" expired at " + shown(now.expires)
                    + " (current time is " + shown(time.now()) + ")");
        }
        var sealed = now.envelope.with(now.transformation.seal(value, place)).encode();
        seeds.used(now.cacheKey);
        metrics.keyIdUsed("to_storage", name, now.envelope.keyId());
        return sealed;
    }

    private static String shown(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private State usable() {
        var now = state;
        if (now == null) {
            throw new SealFailure("got unexpected nil transformer");
        }
        return now;
    }

    @Override
    public Opened open(byte[] data, byte[] place) {
        var envelope = EncryptedObject.decode(data);
        var now = usable();
        var opened = seeds.get(cacheKey(envelope), () -> seed(envelope)).open(envelope.data(), place);
        metrics.keyIdUsed("from_storage", name, envelope.keyId());
        boolean stale = !envelope.keyId().equals(now.envelope.keyId()) || envelope.seed() != now.envelope.seed();
        return new Opened(opened.value(), opened.stale() || stale);
    }

    private Transformation seed(EncryptedObject envelope) {
        metrics.seedMissed();
        byte[] plain;
        try {
            plain = service.decrypt(
                    uid(), new KmsService.Sealed(envelope.source(), envelope.keyId(), envelope.annotations()));
        } catch (IOException e) {
            throw new SealFailure("failed to decrypt DEK, error: " + e.getMessage());
        }
        if (envelope.seed()) {
            return new ExtendedNonceGcm(plain, random);
        }
        if (plain.length != 16 && plain.length != 24 && plain.length != 32) {
            throw new SealFailure("crypto/aes: invalid key size " + plain.length);
        }
        return new AesGcm(plain, random);
    }

    /** One for each sealed key. */
    private static String cacheKey(EncryptedObject envelope) {
        var key = new ByteArrayOutputStream();
        key.write(envelope.seed() ? 1 : 0);
        part(key, envelope.source());
        part(key, envelope.keyId().getBytes(UTF_8));
        new TreeMap<>(envelope.annotations()).forEach((annotation, value) -> {
            part(key, annotation.getBytes(UTF_8));
            part(key, value);
        });
        return HexFormat.of().formatHex(key.toByteArray());
    }

    private static void part(ByteArrayOutputStream key, byte[] bytes) {
        key.write(bytes.length >>> 16);
        key.write(bytes.length >>> 8);
        key.write(bytes.length);
        key.writeBytes(bytes);
    }

    @Override
    public void close() {
        closed = true;
        var timer = next;
        if (timer != null) {
            timer.cancel();
        }
        service.close();
    }
}

package dev.navarch.kubelet.certificates;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Pem;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one certificate of a node current. It is asked for by a CertificateSigningRequest on a new key, kept in files, and
 * asked for again when 70 to 90 % of its life is over, or when it is to say something else. source: client-go
 * util/certificate/certificate_manager.go.
 *
 * <p>Runs on timers of the clock; each step asks the API server once at most, and a step that fails is taken again, after
 * two seconds first and half a minute at last.
 */
public final class CertificateRotation implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CertificateRotation.class);
    /** Between looks at whether something else is wanted. */
    private static final Duration LOOK = Duration.ofMinutes(1);

    private static final Duration FIRST_RETRY = Duration.ofSeconds(2);
    private static final Duration LAST_RETRY = Duration.ofSeconds(32);
    private static final Duration FIRST_POLL = Duration.ofMillis(500);
    /** How long a request may wait for its certificate before another takes its place. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final CertificateKind kind;
    private final Supplier<Optional<Wanted>> wanted;
    private final Requester requester;
    private final CertificateFiles files;
    private final X509Certificate authority;
    private final Function<Optional<Certified>, ApiClient> clients;
    private final TimeSource time;
    private final RandomGenerator random;

    private volatile Optional<Certified> current = Optional.empty();
    private Instant deadline = Instant.MIN;
    private @Nullable Pending pending;
    private int tries;
    private TimeSource.@Nullable Timer timer;
    private boolean closed;

    /** Makes a key and asks for a certificate of it. */
    @FunctionalInterface
    public interface Requester {
        /** @param pem PKCS #10 */
        record Made(PrivateKey key, PublicKey publicKey, String pem) {}

        Made make(Wanted wanted) throws GeneralSecurityException;
    }

    private record Pending(String name, Requester.Made made, Instant until, int looks) {
        Pending looked() {
            return new Pending(name, made, until, looks + 1);
        }
    }

    /**
     * @param wanted what the certificate is to say; as long as that isn't known, none is asked for
     * @param authority whose certificates are good; others in the files are passed over
     * @param clients whom to ask, given the present certificate
     */
    public CertificateRotation(
            CertificateKind kind,
            Supplier<Optional<Wanted>> wanted,
            Requester requester,
            CertificateFiles files,
            X509Certificate authority,
            Function<Optional<Certified>, ApiClient> clients,
            TimeSource time,
            RandomGenerator random) {
        this.kind = requireNonNull(kind);
        this.wanted = requireNonNull(wanted);
        this.requester = requireNonNull(requester);
        this.files = requireNonNull(files);
        this.authority = requireNonNull(authority);
        this.clients = requireNonNull(clients);
        this.time = requireNonNull(time);
        this.random = requireNonNull(random);
    }

    /**
     * Reads what is there, and asks for more when that is due.
     *
     * @param delay before the first look: a node that has another certificate for now need not ask while all starts
     */
    public synchronized void start(Duration delay) {
        try {
            files.current().filter(this::isGood).ifPresent(this::use);
        } catch (IOException e) {
            log.warn("The node's {} certificate can't be read and will be asked for anew", kind.file(), e);
        }
        next(delay);
    }

    /** The certificate to use, the same object until it is renewed; empty if there is none that is good now. */
    public Optional<Certified> current() {
        return current.filter(c -> time.now().isBefore(end(c)));
    }

    private static Instant end(Certified certified) {
        return certified.certificate().getNotAfter().toInstant();
    }

    private boolean isGood(Certified certified) {
        try {
            certified.certificate().verify(authority.getPublicKey());
            return time.now().isBefore(end(certified));
        } catch (GeneralSecurityException _) {
            return false;
        }
    }

    private void use(Certified certified) {
        var from = certified.certificate().getNotBefore().toInstant();
        var life = Duration.between(from, end(certified));
        deadline = from.plusMillis((long) (life.toMillis() * (0.7 + 0.2 * random.nextDouble())));
        current = Optional.of(certified);
    }

    private void next(Duration delay) {
        if (!closed) {
            timer = time.schedule(delay, this::step);
        }
    }

    private synchronized void step() {
        if (closed) {
            return;
        }
        try {
            next(pending == null ? request() : look(pending));
            return;
        } catch (ApiFailure e) {
            log.warn("The node's {} certificate could not be asked for: {}", kind.file(), e.getMessage());
        } catch (GeneralSecurityException | IOException | RuntimeException e) {
            log.warn("The node's {} certificate could not be renewed", kind.file(), e);
        }
        next(backOff(FIRST_RETRY, tries++));
    }

    private static Duration backOff(Duration first, int times) {
        var delay = first.multipliedBy(1L << Math.min(times, 10));
        return delay.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : delay;
    }

    /** How long until the next step. */
    private Duration request() throws GeneralSecurityException {
        var asked = wanted.get();
        if (asked.isEmpty() || isSatisfied(asked.get())) {
            var left = Duration.between(time.now(), deadline);
            return asked.isPresent() && left.compareTo(LOOK) < 0 ? left : LOOK;
        }
        var made = requester.make(asked.get());
        var sent = clients.apply(current())
                .resource(CertificateSigningRequest.class)
                .create(new CertificateSigningRequestBuilder()
                        .withNewMetadata()
                        .withGenerateName("csr-")
                        .endMetadata()
                        .withNewSpec()
                        .withSignerName(kind.signer())
                        .withUsages(kind.usages())
                        .withRequest(
                                Base64.getEncoder().encodeToString(made.pem().getBytes(StandardCharsets.US_ASCII)))
                        .endSpec()
                        .build());
        pending = new Pending(sent.getMetadata().getName(), made, time.now().plus(PATIENCE), 0);
        return FIRST_POLL;
    }

    private boolean isSatisfied(Wanted asked) throws GeneralSecurityException {
        var now = current();
        return now.isPresent()
                && asked.isIn(now.get().certificate())
                && time.now().isBefore(deadline);
    }

    /** How long until the next step. */
    private Duration look(Pending asked) throws GeneralSecurityException, IOException {
        var found = clients.apply(current())
                .resource(CertificateSigningRequest.class)
                .get("", asked.name);
        var status = found.map(CertificateSigningRequest::getStatus).orElse(null);
        if (status != null
                && status.getCertificate() != null
                && !status.getCertificate().isEmpty()) {
            pending = null;
            accept(asked, Base64.getDecoder().decode(status.getCertificate()));
            tries = 0;
            return LOOK;
        }
        boolean refused = found.isEmpty()
                || status != null
                        && status.getConditions() != null
                        && status.getConditions().stream()
                                .anyMatch(c -> "Denied".equals(c.getType()) || "Failed".equals(c.getType()));
        if (refused || !time.now().isBefore(asked.until)) {
            pending = null;
            log.warn("{} was not signed, the node asks again for its {} certificate", asked.name, kind.file());
            return backOff(FIRST_RETRY, tries++);
        }
        pending = asked.looked();
        return backOff(FIRST_POLL, asked.looks);
    }

    private void accept(Pending asked, byte[] pem) throws GeneralSecurityException, IOException {
        var certified = new Certified(asked.made.key(), Pem.certificates(pem));
        if (!certified.certificate().getPublicKey().equals(asked.made.publicKey()) || !isGood(certified)) {
            throw new GeneralSecurityException(asked.name + " was answered with a certificate that is not the node's");
        }
        files.update(certified, time.now());
        use(certified);
        log.info("The node has a {} certificate until {}", kind.file(), end(certified));
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (timer != null) {
            timer.cancel();
        }
    }
}

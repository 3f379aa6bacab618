package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes part in the election of one leader by a Lease, for ever: one that lost stands again. Other candidates' clocks
 * are not trusted: a lease has expired when it was seen unchanged for its duration on this clock.
 *
 * <p>source: client-go tools/leaderelection/leaderelection.go.
 */
public final class LeaderElector implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LeaderElector.class);
    private static final double JITTER = 1.2;

    /**
     * @param lease how long an unrenewed lease keeps others away
     * @param renewDeadline how long the leader tries to renew before it gives up; shorter than {@code lease}
     * @param retry between tries
     */
    public record Timing(Duration lease, Duration renewDeadline, Duration retry) {
        public Timing {
            if (lease.compareTo(renewDeadline) <= 0 || renewDeadline.toNanos() <= retry.toNanos() * JITTER) {
                throw new IllegalArgumentException("needed: lease > renewDeadline > 1.2 retry");
            }
        }

        /** 15 s, 10 s, 2 s: what upstream's components use. */
        public static Timing upstream() {
            return new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
        }
    }

    /** Told on the elector's thread; neither may block for long. */
    public interface Office {
        void started();

        /** Whatever the leader does must have stopped when this returns. */
        void stopped();
    }

    private final Resource<Lease> leases;
    private final Key lease;
    private final String identity;
    private final Timing timing;
    private final TimeSource time;
    private final RandomGenerator random;
    private final EventRecorder events;
    private final Office office;

    private volatile @Nullable Thread thread;
    private volatile boolean leading;

    /** Used by the elector's thread only. */
    private @Nullable LeaseSpec observed;

    private @Nullable Lease held;

    private long observedAt;
    /** When the lease was last asked for. */
    private long askedAt;
    /** Whether it was granted then. */
    private boolean granted;

    private final Object guard = new Object();
    /** Guarded by {@link #guard}: while a renewal may be cut short. */
    private boolean guarded;
    /** Guarded by {@link #guard}: it was. */
    private boolean overdue;
    /** Guarded by {@link #guard}: under way from the interruption until it was noticed. */
    private TimeSource.Work noticing = TimeSource.Work.UNCOUNTED;

    public LeaderElector(
            ApiClient client,
            Key lease,
            String identity,
            Timing timing,
            TimeSource time,
            RandomGenerator random,
            EventRecorder events,
            Office office) {
        leases = client.resource(Lease.class);
        this.lease = requireNonNull(lease);
        this.identity = requireNonNull(identity);
        this.timing = requireNonNull(timing);
        this.time = requireNonNull(time);
        this.random = requireNonNull(random);
        this.events = requireNonNull(events);
        this.office = requireNonNull(office);
    }

    public void start() {
        thread = time.start("election-" + lease.name(), this::run);
    }

    public boolean leading() {
        return leading;
    }

    private void run() {
        try {
            while (true) {
                acquire();
                lead();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void acquire() throws InterruptedException {
        while (!tryToHold()) {
            var pause = timing.retry.plusNanos((long) (timing.retry.toNanos() * JITTER * random.nextDouble()));
            time.sleep(pause);
        }
        log.info("{} leads by {}", identity, lease);
    }

    /**
     * Renews until that fails for too long, counted from when the last renewal that was granted was asked for: others
     * count from a later moment. A renewal without an answer is cut short then, so that this ends before another begins.
     */
    private void lead() throws InterruptedException {
        leading = true;
        tell("became leader");
        try {
            office.started();
            long renewed = askedAt;
            while (true) {
                var left = timing.renewDeadline.minusNanos(time.nanoTime() - renewed);
                if (!left.isPositive() || !renewWithin(left)) {
                    log.warn("{} lost {}", identity, lease);
                    return;
                }
                renewed = granted ? askedAt : renewed;
            }
        } finally {
            leading = false;
            office.stopped();
            tell("stopped leading");
        }
    }

    /** source: client-go tools/leaderelection/resourcelock/leaselock.go, RecordEvent. */
    private void tell(String what) {
        if (held != null) {
            events.normal(held, "LeaderElection", identity + " " + what);
        }
    }

    /** Waits and tries; false if the time was over before, or somebody else holds the lease. */
    private boolean renewWithin(Duration left) throws InterruptedException {
        synchronized (guard) {
            guarded = true;
            overdue = false;
        }
        var candidate = Thread.currentThread();
        var timer = time.schedule(left, () -> cutShort(candidate));
        try {
            time.sleep(timing.retry);
            granted = tryToHold();
            return granted || holds(observed);
        } catch (InterruptedException e) {
            if (unguard()) {
                return false;
            }
            throw e;
        } finally {
            timer.cancel();
            if (unguard()) {
                Thread.interrupted(); // it has had its effect, or comes too late to have one
            }
        }
    }

    private void cutShort(Thread candidate) {
        synchronized (guard) {
            if (guarded) {
                overdue = true;
                noticing = time.begin();
                candidate.interrupt();
            }
        }
    }

    /** Nobody is interrupted from now on; returns whether somebody was. */
    private boolean unguard() {
        synchronized (guard) {
            guarded = false;
            noticing.close();
            noticing = TimeSource.Work.UNCOUNTED;
            return overdue;
        }
    }

    private boolean tryToHold() throws InterruptedException {
        askedAt = time.nanoTime();
        try {
            var current = leases.get(lease.namespace(), lease.name());
            if (current.isEmpty()) {
                hold(leases.create(mine(Optional.empty())));
                return true;
            }
            var spec = current.get().getSpec();
            if (!Objects.equals(spec, observed)) {
                observe(spec);
            }
            if (!holds(spec) && held(spec)) {
                return false;
            }
            hold(leases.update(mine(current)));
            return true;
        } catch (ApiFailure e) {
            log.debug("{}: {}", lease, e.getMessage());
        } catch (UncheckedIOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            log.info("{}: {}", lease, e.getMessage());
        }
        return false;
    }

    private void hold(Lease mine) {
        held = mine;
        observe(mine.getSpec());
    }

    private void observe(@Nullable LeaseSpec spec) {
        observed = spec;
        observedAt = time.nanoTime();
    }

    private boolean holds(@Nullable LeaseSpec spec) {
        return spec != null && identity.equals(spec.getHolderIdentity());
    }

    private boolean held(@Nullable LeaseSpec spec) {
        if (spec == null
                || spec.getHolderIdentity() == null
                || spec.getHolderIdentity().isEmpty()) {
            return false;
        }
        var duration = spec.getLeaseDurationSeconds() == null
                ? timing.lease
                : Duration.ofSeconds(spec.getLeaseDurationSeconds());
        return time.nanoTime() - observedAt < duration.toNanos();
    }

    private Lease mine(Optional<Lease> current) {
        var now = ZonedDateTime.ofInstant(time.now(), ZoneOffset.UTC);
        var before = current.map(Lease::getSpec).orElse(null);
        boolean renewal = holds(before);
        int transitions = before == null || before.getLeaseTransitions() == null ? 0 : before.getLeaseTransitions();
        return current.map(LeaseBuilder::new)
                .orElseGet(LeaseBuilder::new)
                .editOrNewMetadata()
                .withNamespace(lease.namespace())
                .withName(lease.name())
                .endMetadata()
                .editOrNewSpec()
                .withHolderIdentity(identity)
                .withLeaseDurationSeconds((int) timing.lease.toSeconds())
                .withRenewTime(now)
                .withAcquireTime(renewal && before != null ? before.getAcquireTime() : now)
                .withLeaseTransitions(current.isEmpty() || renewal ? transitions : transitions + 1)
                .endSpec()
                .build();
    }

    /** Steps down, and gives the lease back so that others need not wait. */
    @Override
    public void close() {
        boolean led = leading;
        var candidate = thread;
        if (candidate == null) {
            return;
        }
        candidate.interrupt();
        try {
            candidate.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (led) {
            release();
        }
    }

    private void release() {
        try {
            var current = leases.get(lease.namespace(), lease.name());
            if (current.isPresent() && holds(current.get().getSpec())) {
                leases.update(new LeaseBuilder(current.get())
                        .editSpec()
                        .withHolderIdentity("")
                        .withLeaseDurationSeconds(1)
                        .endSpec()
                        .build());
            }
        } catch (ApiFailure | UncheckedIOException e) {
            log.debug("{} could not be given back: {}", lease, e.getMessage());
        }
    }
}

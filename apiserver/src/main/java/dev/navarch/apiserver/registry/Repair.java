package dev.navarch.apiserver.registry;

import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts right, at start and from time to time, what servers that died, or share a store, may have left half done (source of the
 * interval: kubernetes pkg/controlplane/apiserver, repairServicesInterval).
 */
final class Repair implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Repair.class);
    /** Longer than any request. */
    private static final Duration INTERVAL = Duration.ofMinutes(3);

    private final Store store;
    private final Runnable round;
    private final TimeSource time;
    private Optional<TimeSource.Timer> timer = Optional.empty();
    private boolean closed;

    Repair(Store store, Runnable round, TimeSource time) {
        this.store = store;
        this.round = round;
        this.time = time;
    }

    /** Runs the first round at once. */
    synchronized void start() throws InterruptedException {
        store.sync();
        round.run();
        schedule();
    }

    private void schedule() {
        timer = Optional.of(time.schedule(INTERVAL, this::alarm));
    }

    private synchronized void alarm() {
        if (closed) {
            return;
        }
        try {
            store.sync();
            round.run();
        } catch (RuntimeException e) {
            log.warn("What servers left half done could not be repaired; trying again", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        schedule();
    }

    @Override
    public synchronized void close() {
        closed = true;
        timer.ifPresent(TimeSource.Timer::cancel);
    }
}

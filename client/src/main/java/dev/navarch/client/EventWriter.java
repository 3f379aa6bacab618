package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import dev.navarch.time.TimeSource;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes events, of whichever API, beside those who tell them: they wait in a queue of 1,000 for the writer's own thread;
 * when it is full, further ones are dropped and counted in the log. One that the server refuses is dropped; one that it
 * can't be asked for is tried 12 times.
 *
 * <p>source: client-go tools/record/event.go and tools/events/event_broadcaster.go.
 */
public final class EventWriter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventWriter.class);
    private static final int CAPACITY = 1000;
    private static final int TRIES = 12;
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(10);

    private final TimeSource time;
    private final String component;
    private final BlockingQueue<Pending> queue = new ArrayBlockingQueue<>(CAPACITY);
    /** Opened when there is something new in the queue. */
    private final AtomicReference<TimeSource.Gate> news = new AtomicReference<>();

    private final Thread thread;

    /** An event on its way. */
    public interface Pending {
        /** Why it is told, and the name of what it is about; for the log. */
        String reason();

        String about();

        /**
         * Asks the server once. Called by the writer's thread, and again if the server couldn't be asked.
         *
         * @throws ApiFailure if the server refuses it
         * @throws UncheckedIOException if the server couldn't be asked
         */
        void send();
    }

    /** @param component whose events they are */
    public EventWriter(TimeSource time, String component) {
        this.time = requireNonNull(time);
        this.component = requireNonNull(component);
        news.set(time.gate());
        thread = time.start("events-" + component, this::run);
    }

    /** Never blocks. */
    public void write(Pending event) {
        if (queue.offer(event)) {
            news.get().open();
        } else {
            log.warn("{}: too many events, dropped {} about {}", component, event.reason(), event.about());
        }
    }

    private void run() {
        try {
            while (true) {
                settle(next());
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private Pending next() throws InterruptedException {
        while (true) {
            var waiting = news.get();
            var event = queue.poll();
            if (event != null) {
                return event;
            }
            waiting.await();
            news.set(time.gate());
        }
    }

    private void settle(Pending event) throws InterruptedException {
        boolean settled = settled(event);
        for (int tries = 2; !settled && tries <= TRIES; tries++) {
            time.sleep(BETWEEN_TRIES);
            settled = settled(event);
        }
    }

    /** False if it should be tried again. */
    private boolean settled(Pending event) throws InterruptedException {
        try {
            event.send();
        } catch (ApiFailure e) {
            if (!e.alreadyExists()) {
                log.info("{}: the event {} was refused: {}", component, event.reason(), e.getMessage());
            }
        } catch (UncheckedIOException e) {
            log.debug("{}: an event could not be written: {}", component, e.getMessage());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return false;
        } catch (RuntimeException e) {
            log.error("{}: an event could not be written", component, e);
        }
        return true;
    }

    /** Drops what waits. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

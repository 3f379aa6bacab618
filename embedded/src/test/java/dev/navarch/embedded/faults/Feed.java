package dev.navarch.embedded.faults;

import dev.navarch.client.Json;
import dev.navarch.client.Response;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A watch whose events arrive when they are let through. Within what the contract of watches allows an informer to see:
 * late, repeated at once, out of order where they are about different objects, cut off and resumed, or expired so that a
 * list shows what was missed.
 */
final class Feed implements Response {
    private static final String GONE = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"apiVersion\":\"v1\","
            + "\"status\":\"Failure\",\"reason\":\"Expired\",\"code\":410,\"message\":\"too old resource version\"}}";

    final String path;
    private final Response from;
    private final TimeSource time;
    /** Guarded by this, as all below. */
    private final List<byte[]> arrived = new ArrayList<>();

    private final Deque<byte[]> granted = new ArrayDeque<>();
    /** There is no reader any more. */
    private boolean ended;
    /** Nothing comes any more. */
    private boolean over;
    /** While the reader has something to do. */
    private TimeSource.@Nullable Work work;

    Feed(String path, Response from, TimeSource time) {
        this.path = path;
        this.from = from;
        this.time = time;
        Thread.ofVirtual().name("feed").start(this::pump);
    }

    private void pump() {
        try {
            for (var frame = from.readFrame(); frame != null; frame = from.readFrame()) {
                synchronized (this) {
                    arrived.add(frame);
                }
            }
        } catch (IOException | InterruptedException e) {
            // it ends as it would have ended some day
        } finally {
            synchronized (this) {
                over = true;
                notifyAll();
            }
        }
    }

    synchronized boolean pending() {
        return !arrived.isEmpty();
    }

    synchronized boolean open() {
        return !ended && !exhausted();
    }

    /** Whether the server has ended it and all of it was read. */
    private boolean exhausted() {
        return over && arrived.isEmpty() && granted.isEmpty();
    }

    /** Lets all through that has arrived; returns whether there was any. */
    synchronized boolean deliver() {
        return deliver(arrived.size());
    }

    private boolean deliver(int count) {
        if (count == 0 || ended) {
            return false;
        }
        var some = arrived.subList(0, count);
        granted.addAll(some);
        some.clear();
        wake();
        return true;
    }

    private void wake() {
        if (work == null) {
            work = time.begin();
        }
        notifyAll();
    }

    /** Does one of the things that may happen to a watch; returns whether the reader gets to see something. */
    synchronized boolean suffer(RandomGenerator random) {
        if (ended) {
            return false;
        }
        int what = random.nextInt(20);
        if (what == 0) {
            arrived.clear();
            end(); // resumed where the reader was, it gets again what is dropped here
            return true;
        }
        if (what == 1) {
            arrived.clear();
            granted.add(GONE.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            wake();
            return true;
        }
        if (arrived.isEmpty() || what < 9) {
            return false;
        }
        int count = 1 + random.nextInt(arrived.size());
        if (what < 12 && count > 1) {
            swap(random.nextInt(count - 1));
        }
        if (what > 16) {
            arrived.add(count, arrived.get(count - 1));
            count++;
        }
        return deliver(count);
    }

    private void swap(int at) {
        if (!uid(arrived.get(at)).equals(uid(arrived.get(at + 1)))) {
            arrived.add(at, arrived.remove(at + 1));
        }
    }

    private static String uid(byte[] frame) {
        var meta = Json.mapper().readTree(frame).path("object").path("metadata");
        return meta.path("uid").asString("");
    }

    private synchronized void end() {
        ended = true;
        rest();
        notifyAll();
    }

    private void rest() {
        if (work != null) {
            work.close();
            work = null;
        }
    }

    @Override
    public synchronized byte @Nullable [] readFrame() throws InterruptedException {
        while (granted.isEmpty()) {
            rest();
            if (ended || exhausted()) {
                return null;
            }
            wait();
        }
        return granted.remove();
    }

    @Override
    public int status() {
        return from.status();
    }

    @Override
    public Optional<String> header(String name) {
        return from.header(name);
    }

    @Override
    public byte[] readAll() throws IOException {
        return from.readAll();
    }

    @Override
    public void close() {
        end();
        from.close();
    }
}

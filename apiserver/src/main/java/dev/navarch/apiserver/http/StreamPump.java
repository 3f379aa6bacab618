package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.Frames;
import java.util.ArrayDeque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries frames from their source to a channel. A virtual thread pulls; the event loop sends whatever has gathered
 * meanwhile in one piece. No more is pulled while the channel takes nothing, so that a slow receiver costs at most
 * {@link #AHEAD} bytes and one frame, besides what the channel itself buffers.
 */
final class StreamPump implements Pump {
    private static final Logger log = LoggerFactory.getLogger(StreamPump.class);
    private static final int AHEAD = 64 * 1024;

    private final Exchange exchange;
    private final Frames frames;
    private final Object lock = new Object();

    /** Guarded by lock, as all below. */
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();

    private int waitingBytes;
    private boolean drainScheduled;
    private boolean stopped;
    private boolean ended;
    private boolean broken;

    StreamPump(Exchange exchange, Frames frames) {
        this.exchange = exchange;
        this.frames = frames;
    }

    @Override
    public void start() {
        Thread.ofVirtual().name("stream").start(this::pull);
    }

    private void pull() {
        boolean failed = false;
        try (frames) {
            for (var frame = frames.next(); frame != null; frame = frames.next()) {
                if (!offer(frame)) {
                    return;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            failed = true;
        } catch (RuntimeException e) {
            log.warn("A stream broke: {} {}", exchange.method, exchange.uri, e);
            failed = true;
        }
        synchronized (lock) {
            ended = true;
            broken = failed;
            schedule();
        }
    }

    /** Waits until the receiver has taken most of what came before; false if it is gone. */
    private boolean offer(byte[] frame) throws InterruptedException {
        synchronized (lock) {
            while (waitingBytes >= AHEAD && !stopped) {
                lock.wait();
            }
            if (stopped) {
                return false;
            }
            waiting.add(frame);
            waitingBytes += frame.length;
            schedule();
            return true;
        }
    }

    /** With the lock held. */
    private void schedule() {
        if (!drainScheduled && !stopped) {
            drainScheduled = true;
            exchange.channel.eventLoop().execute(this::drain);
        }
    }

    /** On the event loop: sends everything that waits, unless the channel is full. */
    private void drain() {
        boolean finish;
        boolean abort;
        synchronized (lock) {
            drainScheduled = false;
            if (stopped) {
                return;
            }
            if (!exchange.channel.isWritable() && !waiting.isEmpty()) {
                exchange.stalled();
                return; // writable() comes back
            }
            if (!waiting.isEmpty()) {
                var buffer = exchange.data(waitingBytes);
                for (var frame = waiting.poll(); frame != null; frame = waiting.poll()) {
                    buffer.writeBytes(frame);
                }
                waitingBytes = 0;
                lock.notifyAll();
                exchange.sendData(buffer);
                exchange.flush();
            }
            finish = ended;
            abort = broken;
            stopped |= ended;
        }
        if (finish) {
            if (abort) {
                exchange.abort();
            } else {
                exchange.sendEnd();
                exchange.flush();
                exchange.done();
            }
        }
    }

    @Override
    public void writable() {
        synchronized (lock) {
            if (exchange.channel.isWritable() && (!waiting.isEmpty() || ended)) {
                schedule();
            }
        }
    }

    @Override
    public void stop() {
        synchronized (lock) {
            stopped = true;
            waiting.clear();
            lock.notifyAll();
        }
        frames.close();
    }

    @Override
    public void endOrderly() {
        frames.close();
    }
}

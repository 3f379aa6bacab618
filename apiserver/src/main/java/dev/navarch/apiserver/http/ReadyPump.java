package dev.navarch.apiserver.http;

import dev.navarch.apiserver.request.ReadyFrames;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries frames that need no waiting from their source to a channel, on the channel's event loop alone: a thousand
 * watches cost no thread, and whatever has gathered while the loop was busy with others leaves in one piece. Nothing is
 * asked for while the channel takes nothing.
 */
final class ReadyPump implements Pump {
    private static final Logger log = LoggerFactory.getLogger(ReadyPump.class);
    /** Bounds one piece, so that the loop gets to its other channels. */
    private static final int PIECE = 64 * 1024;

    private final Exchange exchange;
    private final ReadyFrames frames;
    private final PumpRounds rounds;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final List<byte[]> piece = new ArrayList<>();
    private java.util.concurrent.@Nullable Future<?> timer;
    private boolean over;

    ReadyPump(Exchange exchange, ReadyFrames frames) {
        this.exchange = exchange;
        this.frames = frames;
        rounds = PumpRounds.of(exchange.channel.eventLoop());
    }

    @Override
    public void start() {
        frames.listen(this::schedule);
        drain();
    }

    /** From any thread. */
    private void schedule() {
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            rounds.add(this);
        }
    }

    /** On the event loop; does not throw. */
    void drain() {
        scheduled.set(false); // before polling, so that what comes meanwhile schedules anew
        if (over) {
            return;
        }
        if (!exchange.channel.isWritable()) {
            exchange.stalled();
            return; // writable() comes back
        }
        try {
            int bytes = gather();
            if (bytes > 0) {
                send(bytes);
            }
            if (frames.ended()) {
                end();
            } else if (bytes >= PIECE) {
                schedule();
            } else {
                wakeLater();
            }
        } catch (RuntimeException e) {
            log.warn("A stream broke: {} {}", exchange.method, exchange.uri, e);
            stop();
            exchange.abort();
        }
    }

    private int gather() {
        int bytes = 0;
        while (bytes < PIECE) {
            var frame = frames.poll();
            if (frame == null) {
                break;
            }
            piece.add(frame);
            bytes += frame.length;
        }
        return bytes;
    }

    private void send(int bytes) {
        var buffer = exchange.data(bytes);
        for (int i = 0; i < piece.size(); i++) {
            buffer.writeBytes(piece.get(i));
        }
        piece.clear();
        exchange.sendData(buffer);
        exchange.flush();
    }

    private void wakeLater() {
        if (timer == null) {
            long nanos = Math.max(frames.patience().toNanos(), TimeUnit.MILLISECONDS.toNanos(1));
            timer = exchange.channel
                    .eventLoop()
                    .schedule(
                            () -> {
                                timer = null;
                                drain();
                            },
                            nanos,
                            TimeUnit.NANOSECONDS);
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void end() {
        over = true;
        cancelTimer();
        exchange.sendEnd();
        exchange.flush();
        exchange.done();
    }

    @Override
    public void writable() {
        if (exchange.channel.isWritable()) {
            schedule();
        }
    }

    @Override
    public void stop() {
        over = true;
        cancelTimer();
        frames.close();
    }

    @Override
    public void endOrderly() {
        frames.close();
        schedule();
    }
}

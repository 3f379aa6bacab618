package dev.navarch.apiserver.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The pumps of one event loop that have something to do, served in turn and a few at a time: between them the loop reads
 * requests and sends answers. So writes go on while a thousand watchers are told of the last ones, and the next round
 * tells each of all that happened since, at once.
 */
final class PumpRounds {
    /** A pump takes some ten microseconds. */
    private static final int AT_ONCE = 32;

    private static final FastThreadLocal<@Nullable PumpRounds> OF_LOOP = new FastThreadLocal<>();

    private final EventLoop loop;
    private final ConcurrentLinkedQueue<ReadyPump> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean();

    private PumpRounds(EventLoop loop) {
        this.loop = loop;
    }

    /** Called on the loop. */
    static PumpRounds of(EventLoop loop) {
        var rounds = OF_LOOP.get();
        if (rounds == null) {
            rounds = new PumpRounds(loop);
            OF_LOOP.set(rounds);
        }
        return rounds;
    }

    /** From any thread; the pump's turn comes soon. */
    void add(ReadyPump pump) {
        waiting.add(pump);
        start();
    }

    private void start() {
        if (!running.get() && running.compareAndSet(false, true)) {
            loop.execute(this::serve);
        }
    }

    private void serve() {
        for (int i = 0; i < AT_ONCE; i++) {
            var pump = waiting.poll();
            if (pump == null) {
                running.set(false);
                if (!waiting.isEmpty()) {
                    start();
                }
                return;
            }
            pump.drain();
        }
        // not execute: the loop empties its queue of tasks before it reads again
        loop.schedule(this::serve, 1, TimeUnit.NANOSECONDS);
    }
}

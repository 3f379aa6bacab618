package dev.navarch.storage;

import dev.navarch.time.TimeSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** A store that lives as long as its process. Writers take turns; readers never wait. */
public final class MemoryStore extends TimelineStore {
    private final Sequencer sequencer;
    private final ReentrantLock turn = new ReentrantLock();

    public MemoryStore(TimeSource time) {
        this(time, Retention.DEFAULT);
    }

    public MemoryStore(TimeSource time, Retention retention) {
        this(time, retention, StoreState.EMPTY);
    }

    /** One that begins with what another held. */
    public MemoryStore(TimeSource time, StoreState start) {
        this(time, Retention.DEFAULT, start);
    }

    private MemoryStore(TimeSource time, Retention retention, StoreState start) {
        super(new Timeline(start.snapshot(), retention));
        sequencer = new Sequencer(time, timeline(), this::expire);
        sequencer.restore(start.expiring());
    }

    /** What it holds at this moment. */
    public StoreState state() {
        turn.lock();
        try {
            return new StoreState(timeline().snapshot(), sequencer.expiring());
        } finally {
            turn.unlock();
        }
    }

    @Override
    public WriteResult write(Write write) {
        turn.lock();
        try {
            if (timeline().closed()) {
                throw new StoreException("the store is closed");
            }
            var step = sequencer.decide(List.of(write));
            sequencer.apply(step);
            return step.results().getFirst();
        } finally {
            turn.unlock();
        }
    }

    private void expire() {
        turn.lock();
        try {
            if (!timeline().closed()) {
                sequencer.apply(sequencer.decide(sequencer.due()));
                sequencer.rearm();
            }
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void compact(long revision) {
        turn.lock();
        try {
            timeline().compact(revision);
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void close() {
        turn.lock();
        try {
            sequencer.cancelAlarm();
            timeline().close();
        } finally {
            turn.unlock();
        }
    }
}

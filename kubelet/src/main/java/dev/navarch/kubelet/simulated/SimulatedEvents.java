package dev.navarch.kubelet.simulated;

import dev.navarch.kubelet.runtime.RuntimeEvent;
import dev.navarch.kubelet.runtime.RuntimeEvents;
import dev.navarch.time.TimeSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One reader's events. Each is work under way until its reader comes back for the next. */
final class SimulatedEvents implements RuntimeEvents {
    private static final int MOST = 4_096;

    private final TimeSource time;
    private final Consumer<SimulatedEvents> closing;
    private final Deque<Told> told = new ArrayDeque<>();
    private TimeSource.Work reading = TimeSource.Work.UNCOUNTED;
    private boolean closed;

    private record Told(RuntimeEvent event, TimeSource.Work work) {}

    SimulatedEvents(TimeSource time, Consumer<SimulatedEvents> closing) {
        this.time = time;
        this.closing = closing;
    }

    synchronized void tell(RuntimeEvent event) {
        if (closed) {
            return;
        }
        if (told.size() == MOST) { // a reader that is this late looks at everything anyhow
            drop();
        }
        told.add(new Told(event, time.begin()));
        notifyAll();
    }

    private void drop() {
        told.forEach(one -> one.work.close());
        told.clear();
    }

    @Override
    public synchronized @Nullable RuntimeEvent next() throws InterruptedException {
        reading.close();
        reading = TimeSource.Work.UNCOUNTED;
        while (told.isEmpty() && !closed) {
            wait();
        }
        var next = told.poll();
        if (next == null) {
            return null;
        }
        reading = next.work;
        return next.event;
    }

    @Override
    public void close() {
        closing.accept(this);
        end();
    }

    /** There will be no more. */
    synchronized void end() {
        closed = true;
        drop();
        notifyAll();
    }
}

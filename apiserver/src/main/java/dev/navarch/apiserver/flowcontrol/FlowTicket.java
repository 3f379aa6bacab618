package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource.Timer;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A request at a priority level. What changes is guarded by the level's lock. */
final class FlowTicket implements Ticket {
    final Flow flow;
    final RequestInfo info;
    final User user;
    /** Whether it may be turned away because others wait. */
    final boolean refusable;

    private final PriorityLevel level;

    /** What counts the watch, if it is one. */
    private final @Nullable Runnable forgetting;

    WorkEstimate work;
    private final long totalWork;

    /** Written under the lock, read by anybody. */
    volatile State state = State.WAITING;

    @Nullable
    FlowQueue queue;

    long arrived;
    long arrivedProgress;
    long started;
    long lingersUntil;

    /** Its neighbours among those that execute. */
    @Nullable
    FlowTicket previous;

    @Nullable
    FlowTicket next;

    /** Ends its waiting. */
    @Nullable
    Timer deadline;

    @Nullable
    Runnable decided;

    private boolean closed;

    FlowTicket(
            PriorityLevel level,
            Flow flow,
            RequestInfo info,
            User user,
            WorkEstimate work,
            boolean refusable,
            @Nullable Runnable forgetting) {
        this.level = level;
        this.flow = flow;
        this.info = info;
        this.user = user;
        this.work = work;
        this.totalWork = QueueSet.work(work);
        this.refusable = refusable;
        this.forgetting = forgetting;
    }

    /** What it is expected to cost, in units of the progress meter. */
    long totalWork() {
        return totalWork;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public void whenDecided(Runnable action) {
        if (!level.tellLater(this, action)) {
            action.run();
        }
    }

    @Override
    public void answered() {
        if (forgetting != null) {
            level.finish(this);
        }
    }

    @Override
    public void close() {
        level.finish(this);
        if (forgetting != null && forget()) {
            forgetting.run();
        }
    }

    private synchronized boolean forget() {
        boolean first = !closed;
        closed = true;
        return first;
    }

    @Override
    public int retryAfter() {
        return level.retryAfter().seconds();
    }

    /** Source: k8s.io/api flowcontrol/v1/types.go. */
    @Override
    public void headers(BiConsumer<String, String> field) {
        field.accept("X-Kubernetes-Pf-Flowschema-Uid", flow.schema.uid());
        field.accept("X-Kubernetes-Pf-Prioritylevel-Uid", level.uid());
    }
}

package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.flowcontrol.FlowCounts.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The seats of one priority level and the queues before them: fair queuing for server requests. Each queue gets, over time,
 * as much of the seats as any other that has something to do; a flow's requests go to the shortest queue of its hand.
 * Knows no threads and no clock: who calls holds the level's lock and says what time it is.
 *
 * <p>A progress meter tells how much work, in seats × time, each busy queue has been given since the beginning. A request is
 * dispatched from the queue in which its work would be done first. What it is expected to take is added to its queue then,
 * and put right when it is known.
 *
 * <p>Source: k8s.io/apiserver pkg/util/flowcontrol/fairqueuing/queueset/queueset.go and doc.go. As there, but that what is
 * asked of all queues there is kept up here, that a request which finds a free seat and nobody waiting goes straight to it,
 * and that seats which linger are given back when somebody looks, as of the moment when they were due.
 */
final class QueueSet {
    /** Units of the progress meter in a seat-second. */
    static final double SCALE = 1e8;

    private static final double NANOS_PER_UNIT = 1e9 / SCALE;
    private static final long EXPECTED_NANOS = 3_000_000;
    private static final long REWIND_FROM = Long.MAX_VALUE / 4 * 3;
    private static final long REWIND_BY = Long.MAX_VALUE / 2;

    private Queuing queuing;
    private @Nullable Dealer dealer;
    private int limit;
    private final List<FlowQueue> queues = new ArrayList<>();
    private final PriorityQueue<FlowTicket> lingering =
            new PriorityQueue<>(Comparator.comparingLong(ticket -> ticket.lingersUntil));
    private final List<FlowTicket> granted = new ArrayList<>();
    /** The first of those that execute; each knows the next. */
    private @Nullable FlowTicket firstExecuting;

    private long now;
    private long progress;
    private int robin;
    private int enqueued;
    private int waiting;
    private int executing;
    private int seatsInUse;
    private int seatsWaiting;
    /** Queues that have something waiting or executing. */
    private int busyQueues;
    /** Seats that are used by what came through queues, or waited for there. */
    private int seatsOfQueues;

    long dispatched;
    long rejected;
    long timedOut;
    long cancelled;
    long rewinds;
    private double dispatchProgress;
    private double dispatchStart;

    final Demand demand = new Demand();
    final Share demandShare = new Share(0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6);
    final Share seatShare = new Share(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1);
    final Share executingShare = new Share(REQUESTS);
    final Share waitingShare = new Share(REQUESTS);
    private static final double[] REQUESTS = {0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1};

    QueueSet(Queuing queuing, int limit, long now) {
        this.queuing = queuing;
        this.now = now;
        configure(queuing, limit, limit, now);
    }

    /** @param denominator what shares are shares of */
    void configure(Queuing newQueuing, int newLimit, int denominator, long at) {
        sync(at);
        queuing = newQueuing;
        limit = newLimit;
        dealer = newQueuing.queues() > 0 ? new Dealer(newQueuing.queues(), newQueuing.handSize()) : null;
        while (queues.size() < newQueuing.queues()) {
            queues.add(new FlowQueue(queues.size()));
        }
        for (int i = queues.size() - 1; i >= Math.max(0, newQueuing.queues()); i--) {
            removeIfExcess(queues.get(i));
        }
        demandShare.limit(denominator);
        seatShare.limit(denominator);
        executingShare.limit(denominator);
        waitingShare.limit(Math.max(1, newQueuing.lengthLimit()) * (double) Math.max(1, newQueuing.queues()));
        settle();
    }

    /** Seats the ticket, has it wait, or refuses it. */
    void start(FlowTicket ticket, long at) {
        sync(at);
        ticket.arrived = at;
        ticket.arrivedProgress = progress;
        if (dealer == null) {
            if (accommodates(ticket.work.maxSeats())) {
                execute(ticket, null);
            } else {
                refuse(ticket, Refusal.CONCURRENCY_LIMIT);
            }
        } else {
            enqueue(ticket, shortest(ticket.flow.hand(dealer)));
        }
        settle();
    }

    private void enqueue(FlowTicket ticket, FlowQueue queue) {
        ticket.queue = queue;
        boolean free = seatsInUse < limit;
        if (!free && ticket.refusable && queue.waiting.size() >= queuing.lengthLimit()) {
            refuse(ticket, Refusal.QUEUE_FULL);
            return;
        }
        if (!queue.busy()) {
            queue.nextDispatch = progress;
            busyQueues++;
        }
        seatsOfQueues += ticket.work.maxSeats();
        var counts = ticket.flow.schema.counts();
        if (free && waiting == 0 && accommodates(ticket.work.maxSeats())) {
            counts.queueLength.observe(1);
            queue.nextDispatch = Math.max(queue.nextDispatch, progress);
            robin = queue.index;
            dispatch(ticket, queue);
            return;
        }
        queue.waiting.add(ticket);
        queue.work += ticket.totalWork();
        waiting++;
        seatsWaiting += ticket.work.maxSeats();
        counts.inQueue++;
        counts.seatsInQueue += ticket.work.maxSeats();
        counts.queueLength.observe(queue.waiting.size());
        ticket.state = FlowTicket.State.WAITING;
        notBeforeArrival(queue);
    }

    /** The queue of the hand with the least work waiting; the first looked at changes, so that equals take turns. */
    private FlowQueue shortest(int[] hand) {
        int offset = Math.floorMod(enqueued++, hand.length);
        var best = queues.get(hand[offset]);
        for (int i = 1; i < hand.length && waiting > 0; i++) {
            var queue = queues.get(hand[(offset + i) % hand.length]);
            if (queue.work < best.work) {
                best = queue;
            }
        }
        return best;
    }

    private void refuse(FlowTicket ticket, Refusal why) {
        ticket.state = FlowTicket.State.REFUSED;
        rejected++;
        var counts = ticket.flow.schema.counts();
        counts.reject(why);
        if (!queuing.exempt()) {
            counts.waitOfRefused.observe((now - ticket.arrived) / 1e9);
        }
    }

    private boolean accommodates(int seats) {
        if (queuing.exempt()) {
            return true;
        }
        return seats > limit ? executing == 0 : seatsInUse + seats <= limit;
    }

    /** Gives the seats of a request that is served back, or will when they have lingered. */
    void finish(FlowTicket ticket, long at) {
        sync(at);
        ticket.state = FlowTicket.State.DONE;
        executing--;
        unlink(ticket);
        var counts = ticket.flow.schema.counts();
        counts.executing--;
        counts.execution(ticket.info.verb()).observe((at - ticket.started) / 1e9);
        var queue = ticket.queue;
        if (queue != null) {
            queue.executing--;
            busyQueues -= queue.busy() ? 0 : 1;
            queue.nextDispatch -= units(ticket.work.initialSeats(), EXPECTED_NANOS - (at - ticket.started));
            notBeforeArrival(queue);
        }
        if (ticket.work.lingerNanos() > 0) {
            ticket.lingersUntil = at + ticket.work.lingerNanos();
            lingering.add(ticket);
        } else {
            release(ticket);
        }
        settle();
    }

    private void release(FlowTicket ticket) {
        int seats = ticket.work.maxSeats();
        seatsInUse -= seats;
        ticket.flow.schema.counts().executingSeats -= seats;
        var queue = ticket.queue;
        if (queue != null) {
            queue.seatsInUse -= seats;
            seatsOfQueues -= seats;
            removeIfExcess(queue);
        }
    }

    /** Takes a ticket that waits out of its queue. */
    void leave(FlowTicket ticket, boolean late, long at) {
        sync(at);
        var queue = ticket.queue;
        if (queue == null || !queue.waiting.remove(ticket)) {
            return;
        }
        unqueued(ticket, queue);
        busyQueues -= queue.busy() ? 0 : 1;
        seatsOfQueues -= ticket.work.maxSeats();
        notBeforeArrival(queue);
        removeIfExcess(queue);
        refuse(ticket, Refusal.TIME_OUT);
        if (late) {
            timedOut++;
        } else {
            cancelled++;
        }
        settle();
    }

    private void unqueued(FlowTicket ticket, FlowQueue queue) {
        queue.work -= ticket.totalWork();
        waiting--;
        seatsWaiting -= ticket.work.maxSeats();
        var counts = ticket.flow.schema.counts();
        counts.inQueue--;
        counts.seatsInQueue -= ticket.work.maxSeats();
    }

    /** Gives seats that are due back. */
    void look(long at) {
        sync(at);
        settle();
    }

    /** Dispatches what can be, and notes how things are. */
    private void settle() {
        while (waiting > 0 && seatsInUse < limit && dispatchNext()) {
            // on
        }
        int wanted = seatsInUse + seatsWaiting;
        demand.set(wanted);
        demandShare.set(wanted);
        seatShare.set(seatsInUse);
        executingShare.set(executing);
        waitingShare.set(waiting);
    }

    /** False if the one whose turn it is finds too few seats: others must not overtake it for ever. */
    private boolean dispatchNext() {
        long earliest = Long.MAX_VALUE;
        FlowQueue best = null;
        int size = queues.size();
        for (int i = 0, at = robin; i < size; i++) {
            at = at + 1 < size ? at + 1 : 0;
            var queue = queues.get(at);
            var head = queue.waiting.peek();
            if (head != null && (best == null || queue.nextDispatch + head.totalWork() < earliest)) {
                earliest = queue.nextDispatch + head.totalWork();
                best = queue;
            }
        }
        if (best == null) {
            throw new IllegalStateException(waiting + " tickets wait in no queue");
        }
        var ticket = best.waiting.getFirst();
        if (!accommodates(ticket.work.maxSeats())) {
            ticket.flow.schema.counts().notAccommodated++;
            return false;
        }
        best.waiting.removeFirst();
        unqueued(ticket, best);
        robin = best.index;
        dispatch(ticket, best);
        notBeforeArrival(best);
        granted.add(ticket);
        return true;
    }

    private void dispatch(FlowTicket ticket, FlowQueue queue) {
        dispatchProgress = progress / SCALE;
        dispatchStart = queue.nextDispatch / SCALE;
        int before = ticket.work.maxSeats();
        ticket.work = ticket.work.withFinalSeatsAtMost(Math.max(1, limit));
        seatsOfQueues += ticket.work.maxSeats() - before;
        queue.nextDispatch += ticket.totalWork();
        execute(ticket, queue);
    }

    private void execute(FlowTicket ticket, @Nullable FlowQueue queue) {
        int seats = ticket.work.maxSeats();
        ticket.state = FlowTicket.State.EXECUTING;
        ticket.started = now;
        link(ticket);
        executing++;
        dispatched++;
        seatsInUse += seats;
        if (queue != null) {
            queue.executing++;
            queue.seatsInUse += seats;
        }
        var counts = ticket.flow.schema.counts();
        counts.dispatched++;
        counts.executing++;
        counts.executingSeats += seats;
        if (!queuing.exempt()) {
            counts.waitOfExecuted.observe((now - ticket.arrived) / 1e9);
        }
    }

    private void link(FlowTicket ticket) {
        var first = firstExecuting;
        ticket.next = first;
        if (first != null) {
            first.previous = ticket;
        }
        firstExecuting = ticket;
    }

    private void unlink(FlowTicket ticket) {
        var before = ticket.previous;
        var after = ticket.next;
        if (before == null) {
            firstExecuting = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        ticket.previous = null;
        ticket.next = null;
    }

    /** A queue that could not use all it was given must not save that up. */
    private static void notBeforeArrival(FlowQueue queue) {
        var head = queue.waiting.peek();
        if (head != null) {
            queue.nextDispatch = Math.max(queue.nextDispatch, head.arrivedProgress);
        }
    }

    private void removeIfExcess(FlowQueue queue) {
        if (queues.size() <= Math.max(0, queuing.queues()) || queue.busy() || queue.seatsInUse > 0) {
            return;
        }
        queues.remove(queue.index);
        for (int i = queue.index; i < queues.size(); i++) {
            queues.get(i).index = i;
        }
        if (robin >= queue.index) {
            robin = Math.max(0, robin - 1);
        }
    }

    /** Lets the time until then pass, and gives back on the way what seats are due. */
    private void sync(long at) {
        for (var due = lingering.peek(); due != null && due.lingersUntil <= at; due = lingering.peek()) {
            pass(due.lingersUntil);
            release(lingering.remove());
            int wanted = seatsInUse + seatsWaiting;
            demand.set(wanted);
            demandShare.set(wanted);
            seatShare.set(seatsInUse);
        }
        pass(at);
    }

    private void pass(long at) {
        long elapsed = at - now;
        if (elapsed <= 0) {
            return;
        }
        now = at;
        if (busyQueues > 0) {
            progress += units((double) Math.min(seatsOfQueues, limit) / busyQueues, elapsed);
            if (progress >= REWIND_FROM) {
                rewind();
            }
        }
        demand.pass(elapsed);
        demandShare.pass(elapsed);
        seatShare.pass(elapsed);
        executingShare.pass(elapsed);
        waitingShare.pass(elapsed);
    }

    private void rewind() {
        progress -= REWIND_BY;
        rewinds++;
        for (var queue : queues) {
            queue.nextDispatch = queue.busy() ? queue.nextDispatch - REWIND_BY : 0;
            queue.waiting.forEach(ticket -> ticket.arrivedProgress -= REWIND_BY);
        }
    }

    private static long units(double seats, long nanos) {
        return Math.round(seats * nanos / NANOS_PER_UNIT);
    }

    static long work(WorkEstimate estimate) {
        return units(estimate.initialSeats(), EXPECTED_NANOS) + units(estimate.finalSeats(), estimate.lingerNanos());
    }

    /** Those that got seats since the last call and are to be told. */
    List<FlowTicket> granted() {
        if (granted.isEmpty()) {
            return List.of();
        }
        var all = List.copyOf(granted);
        granted.clear();
        return all;
    }

    /** When the next seats are due, if somebody waits for them; never is the largest number. */
    long nextDue() {
        var first = lingering.peek();
        return first == null || waiting == 0 ? Long.MAX_VALUE : first.lingersUntil;
    }

    /** What was seen of the demand for seats since this was last asked. */
    Demand.Seen demandSeen() {
        return demand.reset();
    }

    boolean idle() {
        return waiting == 0 && executing == 0;
    }

    int waiting() {
        return waiting;
    }

    int executing() {
        return executing;
    }

    int seatsInUse() {
        return seatsInUse;
    }

    int limit() {
        return limit;
    }

    double progress() {
        return progress / SCALE;
    }

    double dispatchProgress() {
        return dispatchProgress;
    }

    /** The virtual start of what was dispatched last. */
    double dispatchStart() {
        return dispatchStart;
    }

    /** The least and the most. */
    record Bounds(double min, double max) {}

    /** Tells between what the heads of queues lie that something waits in, by the names that their metrics have. */
    void heads(BiConsumer<String, Bounds> action) {
        if (waiting == 0) {
            return;
        }
        var starts = new DoubleSummaryStatistics();
        var discounted = new DoubleSummaryStatistics();
        for (var queue : queues) {
            if (!queue.waiting.isEmpty()) {
                starts.accept(queue.nextDispatch / SCALE);
                discounted.accept((queue.nextDispatch - units(queue.seatsInUse, EXPECTED_NANOS)) / SCALE);
            }
        }
        action.accept("next_s_bounds", new Bounds(starts.getMin(), starts.getMax()));
        action.accept("next_discounted_s_bounds", new Bounds(discounted.getMin(), discounted.getMax()));
    }

    List<FlowQueue> queues() {
        return queues;
    }

    void forEachExecuting(Consumer<FlowTicket> action) {
        for (var ticket = firstExecuting; ticket != null; ticket = ticket.next) {
            action.accept(ticket);
        }
    }
}

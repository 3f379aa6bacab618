package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store whose changes are in a {@link Journal} before anybody sees them. Writers hand their writes to one thread, the
 * sequencer; it decides upon all that are waiting, appends the accepted ones to the journal at once, publishes them and
 * then answers: while one group is being made durable, the next one gathers.
 *
 * <p>When the journal fails, nobody knows what it kept. The store then refuses all writes and goes on serving what was
 * published, which is durable; opening it anew shows the truth.
 */
public class JournaledStore extends TimelineStore {
    private static final Logger log = LoggerFactory.getLogger(JournaledStore.class);
    /** Bounds a group, so that its memory and the latency of its first writer stay small. */
    private static final int GROUP_WRITES = 1_024;

    private static final long GROUP_BYTES = 8L << 20;

    private final Journal journal;
    private final ValueTransformer values;
    private final Sequencer sequencer;
    private final Thread thread;

    /** At most one request for each thread that writes, and one alarm. */
    private final LinkedBlockingQueue<Request> queue = new LinkedBlockingQueue<>();

    /** Why no request is accepted any more. Once set, it stays. */
    private volatile @Nullable StoreException refusal;

    /** The sequencer is gone. Whoever queues a request and then sees this must answer the queue himself. */
    private volatile boolean ended;

    /** A caller that waits for the sequencer. */
    private static final class Request {
        private final Thread caller = Thread.currentThread();
        private final Task task;
        private @Nullable WriteResult result;
        private @Nullable RuntimeException failure;
        private volatile boolean answered;

        Request(Task task) {
            this.task = task;
        }

        void answer(@Nullable WriteResult result) {
            this.result = result;
            answered = true;
            LockSupport.unpark(caller);
        }

        void fail(RuntimeException failure) {
            this.failure = failure;
            answered = true;
            LockSupport.unpark(caller);
        }
    }

    private sealed interface Task {
        record One(Write write) implements Task {}

        record Expire() implements Task {}

        record Compact(long revision) implements Task {}

        record Fold(Entry entry) implements Task {}

        record Look(Entry entry, AtomicBoolean stale) implements Task {}

        record Stop() implements Task {}
    }

    /**
     * Loads the journal, which is the store's from now on.
     *
     * @throws IOException if it can't be read
     */
    public JournaledStore(Journal journal, TimeSource time, Retention retention) throws IOException {
        this(journal, journal.load(), time, retention);
    }

    private JournaledStore(Journal journal, Journal.Contents contents, TimeSource time, Retention retention) {
        super(new Timeline(snapshot(contents), retention));
        this.journal = journal;
        values = journal.values();
        sequencer = new Sequencer(time, timeline(), () -> submit(new Task.Expire()));
        thread = Thread.ofPlatform().name("store-sequencer").daemon().unstarted(this::sequence);
        sequencer.restore(contents.entries());
        thread.start();
    }

    private static Snapshot snapshot(Journal.Contents contents) {
        var entries = contents.entries().stream()
                .map(Journal.Kept::entry)
                .sorted(Comparator.comparing(Entry::key))
                .toList();
        return new Snapshot(contents.revision(), EntryTree.ofSorted(entries));
    }

    @Override
    public final WriteResult write(Write write) {
        var request = submit(new Task.One(sealed(write)));
        if (request.failure != null) {
            // Thrown anew, so that the trace is that of the caller.
            throw new StoreException(request.failure.getMessage(), request.failure);
        }
        return requireNonNull(request.result);
    }

    /** In the writer's thread: what can't be sealed is nobody else's matter. */
    private Write sealed(Write write) {
        return values == ValueTransformer.PLAIN
                ? write
                : switch (write) {
                    case Write.Create(var key, var draft) -> new Write.Create(key, draft.sealed(values, key, key));
                    case Write.Update(var key, var expected, var draft) ->
                        new Write.Update(key, expected, draft.sealed(values, key, key));
                    case Write.Delete _ -> write;
                };
    }

    @Override
    public final boolean stale(Entry entry) {
        if (values == ValueTransformer.PLAIN) {
            return false;
        }
        var stale = new AtomicBoolean();
        submit(new Task.Look(entry, stale));
        return stale.get();
    }

    @Override
    public final void compact(long revision) {
        var request = submit(new Task.Compact(revision));
        if (request.failure != null) {
            throw request.failure;
        }
    }

    @Override
    public final void fold(Entry entry) {
        if (entry.fold()) {
            submit(new Task.Fold(entry));
        }
    }

    /** Waits for the answer, even when interrupted: the write may have happened already. */
    private Request submit(Task task) {
        var request = new Request(task);
        queue.add(request);
        if (ended) {
            drainRefused();
        }
        boolean interrupted = false;
        while (!request.answered) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return request;
    }

    private void sequence() {
        try {
            boolean open = true;
            while (open) {
                open = group(gather());
            }
        } catch (Throwable e) {
            log.error("The store's sequencer failed; writes are refused", e);
            refuse(new StoreException("the store failed: " + e, e));
        } finally {
            ended = true;
            drainRefused();
        }
    }

    /** The requests that wait, at least one. */
    private List<Request> gather() throws InterruptedException {
        var group = new ArrayList<Request>();
        long bytes = 0;
        for (var next = queue.take(); next != null; next = queue.poll()) {
            group.add(next);
            bytes += bytes(next);
            if (group.size() >= GROUP_WRITES || bytes >= GROUP_BYTES) {
                break;
            }
        }
        return group;
    }

    private static long bytes(Request request) {
        return switch (request.task) {
            case Task.One(Write.Create(var _, var draft)) -> draft.bytes().length;
            case Task.One(Write.Update(var _, var _, var draft)) -> draft.bytes().length;
            case Task.One(Write.Delete _), Task.Expire _, Task.Compact _, Task.Fold _, Task.Look _, Task.Stop _ -> 0;
        };
    }

    /** Returns false when this was the last one. */
    private boolean group(List<Request> requests) {
        try {
            return handle(requests);
        } catch (RuntimeException | Error e) {
            var failure = new StoreException("the store failed: " + e, e);
            refuse(failure);
            requests.stream().filter(request -> !request.answered).forEach(request -> request.fail(failure));
            throw e;
        }
    }

    private boolean handle(List<Request> requests) {
        var writes = new ArrayList<Write>();
        boolean expire = false;
        boolean stop = false;
        for (var request : requests) {
            switch (request.task) {
                case Task.One(var write) -> writes.add(write);
                case Task.Expire _ -> expire = true;
                case Task.Stop _ -> stop = true;
                case Task.Compact _, Task.Fold _, Task.Look _ -> {}
            }
        }
        if (expire) {
            writes.addAll(sequencer.due());
        }
        var results = commit(writes);
        if (expire && refusal == null) {
            sequencer.rearm();
        }
        if (stop) {
            refuse(new StoreException("the store is closed"));
        }
        int at = 0;
        for (var request : requests) {
            switch (request.task) {
                case Task.One _ -> {
                    if (results == null) {
                        request.fail(requireNonNull(refusal));
                    } else {
                        request.answer(results.get(at++));
                    }
                }
                case Task.Compact(var revision) -> compact(request, revision);
                case Task.Fold(var entry) -> {
                    keepFolded(entry);
                    request.answer(null);
                }
                case Task.Look(var entry, var stale) -> {
                    stale.set(isStale(entry));
                    request.answer(null);
                }
                case Task.Expire _, Task.Stop _ -> request.answer(null);
            }
        }
        return !stop;
    }

    private @Nullable List<WriteResult> commit(List<Write> writes) {
        if (refusal != null) {
            return null;
        }
        var step = sequencer.decide(writes);
        if (!step.commits().isEmpty()) {
            try {
                journal.append(step.commits());
            } catch (IOException e) {
                log.error("The store's journal failed; writes are refused from now on", e);
                refuse(new StoreException("the store takes no more writes: " + e.getMessage(), e));
                return null;
            }
        }
        sequencer.apply(step);
        return step.results();
    }

    private void compact(Request request, long revision) {
        try {
            timeline().compact(revision);
            request.answer(null);
        } catch (FutureRevisionException e) {
            request.fail(e);
        }
    }

    private void keepFolded(Entry entry) {
        if (refusal != null || timeline().get(entry.key()).orElse(null) != entry) {
            return;
        }
        try {
            journal.fold(entry);
        } catch (IOException e) {
            log.error("The store's journal failed; writes are refused from now on", e);
            refuse(new StoreException("the store takes no more writes: " + e.getMessage(), e));
        }
    }

    private boolean isStale(Entry entry) {
        if (refusal != null || timeline().get(entry.key()).orElse(null) != entry) {
            return false;
        }
        try {
            return journal.stale(entry);
        } catch (IOException e) {
            log.error("The store's journal failed; writes are refused from now on", e);
            refuse(new StoreException("the store takes no more writes: " + e.getMessage(), e));
            return false;
        }
    }

    private void refuse(StoreException why) {
        if (refusal == null) {
            refusal = why;
            sequencer.cancelAlarm();
        }
    }

    /** How many requests wait for the sequencer. */
    int queued() {
        return queue.size();
    }

    /** Nobody will sequence any more. */
    private void drainRefused() {
        for (var request = queue.poll(); request != null; request = queue.poll()) {
            switch (request.task) {
                case Task.One _, Task.Compact _ -> request.fail(requireNonNull(refusal));
                case Task.Expire _, Task.Fold _, Task.Look _, Task.Stop _ -> request.answer(null);
            }
        }
    }

    @Override
    public final Optional<String> failure() {
        return Optional.ofNullable(refusal).map(StoreException::getMessage);
    }

    /** Commits what waits, ends all watches and closes the journal. What was published can still be read. */
    @Override
    public final synchronized void close() {
        if (timeline().closed()) {
            return;
        }
        submit(new Task.Stop());
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        timeline().close();
        journal.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

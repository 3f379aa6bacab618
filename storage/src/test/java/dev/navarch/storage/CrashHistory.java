package dev.navarch.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writers, readers and watchers use a store at once while it is broken again and again; a {@link HistoryChecker} then
 * holds what each of them saw against what etcd guarantees. A failure names the seed, which decides upon all requests and
 * faults, though not upon how threads interleave.
 */
public final class CrashHistory {
    private static final int WRITERS = 4;
    private static final int WATCHERS = 4;
    private static final int CLIENTS = 2;
    private static final String[] PREFIXES = {"/registry/", "/registry/core/pods/", "/registry/core/pods/a/"};
    private static final String[] KEYS = {
        "/registry/core/pods/a/x", "/registry/core/pods/a/y", "/registry/core/pods/b/x", "/registry/core/nodes/n"
    };
    private static final Duration CATCH_UP = Duration.ofMinutes(2);

    private final Breakable store;
    private final long seed;
    private final HistoryChecker checker = new HistoryChecker();
    private final AtomicInteger values = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    /** What the watchers are to see before they end; 0 while the history goes on. */
    private volatile long last;
    /** Something is wrong already. */
    private volatile boolean failed;

    private CrashHistory(Breakable store, long seed) {
        this.store = store;
        this.seed = seed;
    }

    /** Runs rounds of one fault each until the time is over, and judges them. */
    public static void run(Breakable store, long seed, Duration budget) {
        try {
            new CrashHistory(store, seed).run(budget);
        } catch (AssertionError | Exception e) {
            throw new AssertionError("with seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private void run(Duration budget) throws Exception {
        long end = System.nanoTime() + budget.toNanos();
        var random = new Random(seed);
        int rounds = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var watching = new ArrayList<Future<?>>();
            for (int i = 0; i < WATCHERS; i++) {
                var own = new Random(random.nextLong());
                var prefix = PREFIXES[i % PREFIXES.length];
                watching.add(threads.submit(() -> watch(prefix, own)));
            }
            try {
                while (System.nanoTime() - end < 0 || rounds == 0) {
                    round(threads, random);
                    rounds++;
                }
                last = finish();
            } catch (AssertionError | Exception e) {
                failed = true;
                throw e;
            }
            for (var one : watching) {
                one.get();
            }
        }
        checker.check();
        checker.requireSubstance(rounds);
    }

    private void round(java.util.concurrent.ExecutorService threads, Random random) throws Exception {
        var faults = store.faults();
        var fault = faults.isEmpty() ? null : faults.get(random.nextInt(faults.size()));
        int breakAt = requests.get() + 20 + random.nextInt(150);
        var broken = new AtomicInteger();
        var writing = new ArrayList<Future<?>>();
        for (int i = 0; i < WRITERS; i++) {
            var own = new Random(random.nextLong());
            int most = 30 + own.nextInt(100);
            writing.add(threads.submit(() -> {
                boolean well = true;
                for (int n = 0; n < most && well; n++) {
                    if (fault != null && requests.incrementAndGet() >= breakAt && broken.getAndIncrement() == 0) {
                        store.breakAt(fault);
                    }
                    well = request(own);
                }
                return null;
            }));
        }
        for (var one : writing) {
            one.get();
        }
        store.recover();
    }

    /** A read, and most often a write that builds on it; false if the store failed. */
    private boolean request(Random random) throws InterruptedException {
        var used = store.store(random.nextInt(CLIENTS));
        var key = KEYS[random.nextInt(KEYS.length)];
        long start = System.nanoTime();
        Optional<Entry> found;
        try {
            used.sync();
            found = used.get(key);
        } catch (StoreException _) {
            return false;
        }
        checker.read(key, found, start, System.nanoTime());
        long revision = found.map(Entry::revision).orElse(0L);
        long expected = random.nextInt(5) > 0 ? revision : Math.max(1, revision - random.nextInt(10));
        var value = "v" + values.incrementAndGet() + "@";
        var draft = new Draft(value.getBytes(UTF_8), value.length());
        var write = switch (random.nextInt(6)) {
            case 0 -> new Write.Create(key, draft);
            case 1 -> new Write.Delete(key, expected);
            default -> found.isEmpty() ? new Write.Create(key, draft) : new Write.Update(key, expected, draft);
        };
        long sent = System.nanoTime();
        WriteResult result;
        try {
            result = used.write(write);
        } catch (StoreException _) {
            checker.unknown(write, value, sent);
            return false;
        }
        checker.written(write, value, result, sent, System.nanoTime());
        return true;
    }

    /** Reads a last time what is there, and tells up to where. */
    private long finish() throws InterruptedException {
        for (long end = System.nanoTime() + CATCH_UP.toNanos(); ; ) {
            try {
                var used = store.store(0);
                used.sync();
                var page = used.range(Range.all("/registry/"));
                checker.listed("/registry/", page);
                checker.last(page);
                return page.revision();
            } catch (StoreException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
            }
        }
    }

    private @Nullable Void watch(String prefix, Random random) throws InterruptedException {
        var seen = list(prefix, random);
        long end = Long.MAX_VALUE;
        while (!failed) {
            try (var watch = resume(prefix, seen, random)) {
                do {
                    long to = last;
                    if (to > 0 && end == Long.MAX_VALUE) {
                        end = System.nanoTime() + CATCH_UP.toNanos();
                    }
                    seen.add(watch.next(Duration.ofMillis(20)), watch.progress());
                    if (to > 0 && seen.progress() >= to) {
                        return null;
                    }
                    if (System.nanoTime() > end) {
                        throw new AssertionError(
                                "a watch of " + prefix + " came to " + seen.progress() + ", not to " + to);
                    }
                } while (random.nextInt(20) > 0 && !failed);
            } catch (CompactedException | WatchClosedException _) {
                // After a crash a watch goes on where it was, if that is kept, and otherwise from a new list.
                seen = tryToResume(prefix, seen, random) ? seen : list(prefix, random);
            }
        }
        return null;
    }

    private boolean tryToResume(String prefix, HistoryChecker.Seen seen, Random random) throws InterruptedException {
        try (var watch = resume(prefix, seen, random)) {
            return true;
        } catch (CompactedException | WatchClosedException _) {
            return false;
        }
    }

    private Watch resume(String prefix, HistoryChecker.Seen seen, Random random) throws InterruptedException {
        var used = synced(random);
        return used.watch(prefix, seen.progress());
    }

    private HistoryChecker.Seen list(String prefix, Random random) throws InterruptedException {
        var page = synced(random).range(Range.all(prefix));
        checker.listed(prefix, page);
        return checker.watching(prefix, page.revision());
    }

    private Store synced(Random random) throws InterruptedException {
        for (long end = System.nanoTime() + CATCH_UP.toNanos(); ; ) {
            var used = store.store(random.nextInt(CLIENTS));
            try {
                used.sync();
                return used;
            } catch (StoreException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
            }
        }
    }
}

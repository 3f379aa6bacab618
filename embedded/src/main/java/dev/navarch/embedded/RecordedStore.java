package dev.navarch.embedded;

import dev.navarch.storage.Backlog;
import dev.navarch.storage.Entry;
import dev.navarch.storage.ForwardingStore;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Watch;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.TimeSource;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.stream.Collectors;

/**
 * A store whose writes are noted in a history, with the request that the writing thread serves, and that knows who reads
 * which watch: who writes and who lags behind is told when a cluster does not come to rest.
 */
final class RecordedStore extends ForwardingStore implements Idleness.Writes {
    private static final int MOST_TOLD = 5;

    private final MemoryStore store;
    private final History history;
    private final TimeSource time;
    private final Map<Watch, ApiCall> readers = Collections.synchronizedMap(new WeakHashMap<>());

    RecordedStore(MemoryStore store, History history, TimeSource time) {
        super(store);
        this.store = store;
        this.history = history;
        this.time = time;
    }

    @Override
    public WriteResult write(Write write) {
        var before = get(write.key());
        var result = super.write(write);
        if (result instanceof WriteResult.Committed(var entry)) {
            history.add(new History.Change(
                    time.now(),
                    History.WRITER.isBound() ? Optional.of(History.WRITER.get()) : Optional.empty(),
                    entry,
                    write instanceof Write.Delete,
                    before.filter(old -> isOf(write, old))));
        }
        return result;
    }

    /** Whether the write replaced this, and nobody else has meanwhile. */
    private static boolean isOf(Write write, Entry old) {
        return switch (write) {
            case Write.Create _ -> false;
            case Write.Update(var _, var expected, var _) -> expected == old.revision();
            case Write.Delete(var _, var expected) -> expected == old.revision();
        };
    }

    @Override
    public Watch watch(String prefix, long after) {
        return read(super.watch(prefix, after));
    }

    @Override
    public Watch watch(String prefix, long after, int topic) {
        return read(super.watch(prefix, after, topic));
    }

    private Watch read(Watch watch) {
        if (History.WRITER.isBound()) {
            readers.put(watch, History.WRITER.get());
        }
        return watch;
    }

    /** Which watches have readers that have not seen all, or are not back for more. */
    String lagging() {
        return store.backlogs().stream()
                .sorted(Comparator.comparingLong(Backlog::unseen).reversed())
                .limit(MOST_TOLD)
                .map(this::lag)
                .collect(Collectors.joining("; "));
    }

    private String lag(Backlog backlog) {
        var reader = readers.get(backlog.watch());
        return "that of %s read by %s: %s"
                .formatted(
                        StoredName.of(backlog.prefix()),
                        reader == null ? "the API server itself" : reader.user(),
                        backlog.unseen() == 0
                                ? "at work on the newest change"
                                : backlog.unseen() + (backlog.unseen() == 1 ? " change" : " changes") + " unseen");
    }

    @Override
    public String after(long revision) {
        var late = history.after(revision);
        Map<String, Integer> counts = new HashMap<>();
        late.forEach(change -> counts.merge(told(change), 1, Integer::sum));
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(MOST_TOLD)
                .map(count -> count.getValue() + " × " + count.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String told(History.Change change) {
        return StoredName.of(change.entry().key())
                + change.by()
                        .map(call -> " by %s (%s)"
                                .formatted(
                                        call.user(),
                                        call.subresource().isEmpty()
                                                ? call.verb()
                                                : call.verb() + " of " + call.subresource()))
                        .orElse(" by the API server itself");
    }
}

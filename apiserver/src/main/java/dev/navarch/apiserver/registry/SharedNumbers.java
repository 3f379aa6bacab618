package dev.navarch.apiserver.registry;

import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * Numbers that several servers give out: who creates a number's key in the store holds it. A server that dies between
 * this and the write it was for leaves a key behind, which {@link #repair} finds (source of that way: kubernetes
 * pkg/registry/core/service/ipallocator/controller/repairip.go).
 */
final class SharedNumbers implements Numbers {
    private final NumberRange range;
    private final RandomGenerator random;
    private final Store store;
    private final String prefix;
    /** Keys that nobody seemed to need when they were last looked through, with their revisions. */
    private Map<String, Long> doubtful = Map.of();

    /** @param name of these numbers, in the store */
    SharedNumbers(NumberRange range, RandomGenerator random, Store store, String name) {
        this.range = range;
        this.random = random;
        this.store = store;
        this.prefix = "/registry/ranges/" + name + "/";
    }

    @Override
    public boolean take(int number) {
        var write = new Write.Create(prefix + number, new Draft(new byte[0], -1));
        return store.write(write) instanceof WriteResult.Committed;
    }

    @Override
    public OptionalInt takeAny() {
        while (true) {
            OptionalInt free;
            var taken = taken();
            synchronized (random) {
                free = range.choose(taken, random);
            }
            if (free.isEmpty() || take(free.getAsInt())) {
                return free;
            }
        }
    }

    private BitSet taken() {
        var taken = new BitSet(range.size());
        for (var entry : store.range(Range.all(prefix)).entries()) {
            taken.set(number(entry));
        }
        return taken;
    }

    private int number(Entry entry) {
        return Integer.parseInt(entry.key().substring(prefix.length()));
    }

    @Override
    public void release(int number) {
        store.get(prefix + number).ifPresent(this::delete);
    }

    private void delete(Entry entry) {
        store.write(new Write.Delete(entry.key(), entry.revision()));
    }

    /**
     * Takes what is needed and was not taken, and releases what nobody needed the last time either. Rounds must be
     * further apart than a request may take.
     *
     * @param needed all that stored objects hold
     */
    void repair(BitSet needed) {
        var taken = taken();
        needed.stream().filter(number -> !taken.get(number)).forEach(this::take);
        Map<String, Long> unneeded = new HashMap<>();
        for (var entry : store.range(Range.all(prefix)).entries()) {
            if (needed.get(number(entry))) {
                continue;
            }
            if (doubtful.getOrDefault(entry.key(), 0L) == entry.revision()) {
                delete(entry);
            } else {
                unneeded.put(entry.key(), entry.revision());
            }
        }
        doubtful = unneeded;
    }
}

package dev.navarch.apiserver.registry;

import dev.navarch.api.kinds.KindRules;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.storage.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What selectors look at in a resource's objects: labels and selectable fields. An object is parsed when a selector first
 * meets it; after that every list and watch compares texts that are kept beside it, a few dozen bytes an object, until it
 * changes. Nothing is kept of resources that nobody selects from.
 *
 * <p>Of each object the newest state that was asked for and the one before it are kept, because a watch compares these
 * two; older ones are parsed again.
 */
final class Selectable {
    private static final int FIRST_SWEEP = 1 << 10;
    private static final int POOL = 1 << 12;

    /**
     * @param fields in the order of {@link #names}
     * @param before the state that this one replaced, if that was asked for
     */
    @SuppressWarnings("ArrayRecordComponent") // private to this package, never compared
    record Facts(
            long revision,
            Map<String, String> labels,
            String[] fields,
            @Nullable Facts before) {
        private Facts alone() {
            return before == null ? this : new Facts(revision, labels, fields, null);
        }
    }

    private final List<String> names;
    private final List<Function<ObjectNode, String>> reads;
    private final Optional<StoredForm> shown;
    private final Map<String, Facts> known = new ConcurrentHashMap<>();
    /** Equal texts of different objects are one text; a newer one pushes out an older one. Made for the first object. */
    private volatile @Nullable AtomicReferenceArray<@Nullable String> pool;

    private volatile int sweepAt = FIRST_SWEEP;

    /** By the fields that a kind has in its stored form. */
    Selectable(KindRules rules) {
        this(rules.selectableFields(), Optional.empty());
    }

    /** @param shown the form that the fields are of, if it is another than the stored one */
    Selectable(Map<String, Function<ObjectNode, String>> selectable, Optional<StoredForm> shown) {
        Map<String, Function<ObjectNode, String>> fields = new HashMap<>(selectable);
        fields.keySet().removeAll(Set.of("metadata.name", "metadata.namespace")); // which the key tells
        names = fields.keySet().stream().sorted().toList();
        reads = names.stream().map(fields::get).toList();
        this.shown = names.isEmpty() ? Optional.empty() : shown;
    }

    /** Whether objects can be selected by name and namespace only. */
    boolean none() {
        return names.isEmpty();
    }

    /** Where {@link Facts#fields} has a field, or -1 if it can't be selected by. */
    ToIntFunction<String> places() {
        return names::indexOf;
    }

    /** Empty if the entry's bytes can't be read. */
    Optional<Facts> of(Entry stored, Objects objects) {
        var newest = known.get(stored.key());
        for (var facts = newest; facts != null; facts = facts.before) {
            if (facts.revision == stored.revision()) {
                return Optional.of(facts);
            }
        }
        var read = objects.trees()
                .tree(stored)
                .map(tree -> shown.map(form -> form.served(tree)).orElse(tree))
                .map(tree -> read(stored.revision(), tree));
        if (read.isPresent() && (newest == null || newest.revision < stored.revision())) {
            keep(stored.key(), read.get(), objects);
        }
        return read;
    }

    /** Looks at all of a list that are not known yet, which are converted at once where somebody else converts. */
    void learn(List<Entry> listed, Objects objects) {
        if (shown.isEmpty() || !shown.get().callsOut()) {
            return;
        }
        List<Entry> unknown = new ArrayList<>();
        List<ObjectNode> trees = new ArrayList<>();
        for (var entry : listed) {
            var facts = known.get(entry.key());
            if (facts == null || facts.revision < entry.revision()) {
                objects.trees().tree(entry).ifPresent(tree -> {
                    unknown.add(entry);
                    trees.add(tree);
                });
            }
        }
        var converted = shown.get().allServed(trees);
        for (int i = 0; i < converted.size(); i++) {
            var entry = unknown.get(i);
            keep(entry.key(), read(entry.revision(), converted.get(i)), objects);
        }
    }

    private Facts read(long revision, ObjectNode tree) {
        Map<String, String> labels = new HashMap<>();
        Meta.labels(tree).forEach((name, value) -> labels.put(pooled(name), pooled(value)));
        var fields = new String[names.size()];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = pooled(reads.get(i).apply(tree));
        }
        return new Facts(revision, Map.copyOf(labels), fields, null);
    }

    private String pooled(String text) {
        var texts = pool;
        if (texts == null) {
            texts = new AtomicReferenceArray<>(POOL);
            pool = texts;
        }
        int slot = text.hashCode() & (POOL - 1);
        var there = texts.getPlain(slot);
        if (text.equals(there)) {
            return there;
        }
        texts.setPlain(slot, text);
        return text;
    }

    private void keep(String key, Facts facts, Objects objects) {
        known.compute(key, (_, now) -> {
            if (now == null) {
                return facts;
            }
            return now.revision >= facts.revision
                    ? now
                    : new Facts(facts.revision, facts.labels, facts.fields, now.alone());
        });
        if (known.size() >= sweepAt) {
            sweep(objects);
        }
    }

    /** Forgets what is no longer stored. As many objects must have come since the last time as were left then. */
    private synchronized void sweep(Objects objects) {
        if (known.size() >= sweepAt) {
            known.keySet().removeIf(key -> objects.store().get(key).isEmpty());
            sweepAt = Math.max(FIRST_SWEEP, 2 * known.size());
        }
    }

    /** Of how many objects something is kept. */
    int size() {
        return known.size();
    }
}

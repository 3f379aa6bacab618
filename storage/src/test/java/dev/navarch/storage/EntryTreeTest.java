package dev.navarch.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryTreeTest {
    private static Entry entry(int key, long revision) {
        return new Entry("%06d".formatted(key), new byte[0], -1, revision, revision);
    }

    private static List<Entry> from(EntryTree tree, String first) {
        var entries = new ArrayList<Entry>();
        tree.from(first).forEachRemaining(entries::add);
        return entries;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void isASortedMapWhoseOldVersionsStay(long seed) {
        var random = new Random(seed);
        var tree = EntryTree.EMPTY;
        var model = new TreeMap<String, Entry>();
        var oldTree = tree;
        var oldModel = new TreeMap<String, Entry>();
        for (int step = 0; step < 20_000; step++) {
            var entry = entry(random.nextInt(3_000), step);
            if (random.nextInt(5) < 3) {
                tree = tree.with(entry);
                model.put(entry.key(), entry);
            } else {
                tree = tree.without(entry.key());
                model.remove(entry.key());
            }
            if (step % 1_000 == 0) {
                oldTree = tree;
                oldModel = new TreeMap<>(model);
            }
            if (step % 500 == 499) {
                var key = entry(random.nextInt(3_000), 0).key();
                check(tree, model, key);
                check(oldTree, oldModel, key);
            }
        }
    }

    private static void check(EntryTree tree, TreeMap<String, Entry> model, String key) {
        assertThat(tree.size()).isEqualTo(model.size());
        assertThat(tree.get(key)).isSameAs(model.get(key));
        assertThat(tree.rank(key)).isEqualTo(model.headMap(key).size());
        assertThat(from(tree, key)).isEqualTo(List.copyOf(model.tailMap(key).values()));
        assertThat(from(tree, "")).isEqualTo(List.copyOf(model.values()));
        assertThat(tree.height()).isLessThanOrEqualTo(highest(model.size()));
    }

    /** A subtree has at most three quarters of its parent's weight. */
    private static int highest(int size) {
        return (int) Math.ceil(Math.log(size + 1) / Math.log(4 / 3.0)) + 1;
    }

    @Test
    void staysLowWhenKeysComeInOrder() {
        var tree = EntryTree.EMPTY;
        var sorted = new ArrayList<Entry>();
        for (int i = 0; i < 10_000; i++) {
            tree = tree.with(entry(i, i));
            sorted.add(entry(i, i));
        }
        assertThat(tree.height()).isLessThan(20);
        assertThat(EntryTree.ofSorted(sorted).height()).isEqualTo(14);
        assertThat(from(EntryTree.ofSorted(sorted), "")).isEqualTo(sorted);
        for (int i = 0; i < 9_990; i++) {
            tree = tree.without(entry(i, 0).key());
        }
        assertThat(tree.size()).isEqualTo(10);
        assertThat(tree.height()).isLessThan(6);
    }
}

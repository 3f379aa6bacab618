package dev.navarch.storage;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A persistent map of entries sorted by key: a change makes a new tree that shares all but O(log n) nodes with the old
 * one, so every reader has a snapshot for nothing. Knows its subtrees' sizes, which keep it balanced and count a range
 * without walking it.
 *
 * <p>The balance is that of weight-balanced trees (source: Hirai and Yamamoto, "Balancing weight-balanced trees", with
 * the parameters 3 and 2).
 */
final class EntryTree {
    static final EntryTree EMPTY = new EntryTree(null);

    private static final int HEAVY = 3;
    private static final int SINGLE = 2;

    private final @Nullable Node root;

    private EntryTree(@Nullable Node root) {
        this.root = root;
    }

    private record Node(
            @Nullable Node left, Entry entry, @Nullable Node right, int size) {
        Node(@Nullable Node left, Entry entry, @Nullable Node right) {
            this(left, entry, right, sizeOf(left) + 1 + sizeOf(right));
        }

        String key() {
            return entry.key();
        }
    }

    /** A perfectly balanced tree of entries that are in the order of their keys, without duplicates. */
    static EntryTree ofSorted(List<Entry> entries) {
        return new EntryTree(build(entries, 0, entries.size()));
    }

    private static @Nullable Node build(List<Entry> entries, int from, int to) {
        if (from == to) {
            return null;
        }
        int middle = (from + to) >>> 1;
        return new Node(build(entries, from, middle), entries.get(middle), build(entries, middle + 1, to));
    }

    int size() {
        return sizeOf(root);
    }

    @Nullable
    Entry get(String key) {
        var node = root;
        while (node != null) {
            int order = key.compareTo(node.key());
            if (order == 0) {
                return node.entry;
            }
            node = order < 0 ? node.left : node.right;
        }
        return null;
    }

    EntryTree with(Entry entry) {
        return new EntryTree(put(root, entry));
    }

    EntryTree without(String key) {
        return new EntryTree(remove(root, key));
    }

    /** Nodes on the longest path from the root. */
    int height() {
        return heightOf(root);
    }

    private static int heightOf(@Nullable Node node) {
        return node == null ? 0 : 1 + Math.max(heightOf(node.left), heightOf(node.right));
    }

    /** How many keys are smaller than {@code key}. */
    int rank(String key) {
        int rank = 0;
        var node = root;
        while (node != null) {
            if (key.compareTo(node.key()) <= 0) {
                node = node.left;
            } else {
                rank += sizeOf(node.left) + 1;
                node = node.right;
            }
        }
        return rank;
    }

    /** Entries from {@code first}, inclusive, in ascending order. */
    Iterator<Entry> from(String first) {
        return new Ascending(root, first);
    }

    private static int sizeOf(@Nullable Node node) {
        return node == null ? 0 : node.size;
    }

    private static Node put(@Nullable Node node, Entry entry) {
        if (node == null) {
            return new Node(null, entry, null, 1);
        }
        int order = entry.key().compareTo(node.key());
        if (order == 0) {
            return new Node(node.left, entry, node.right, node.size);
        }
        return order < 0
                ? balanced(put(node.left, entry), node.entry, node.right)
                : balanced(node.left, node.entry, put(node.right, entry));
    }

    private static @Nullable Node remove(@Nullable Node node, String key) {
        if (node == null) {
            return null;
        }
        int order = key.compareTo(node.key());
        if (order < 0) {
            return balanced(remove(node.left, key), node.entry, node.right);
        }
        if (order > 0) {
            return balanced(node.left, node.entry, remove(node.right, key));
        }
        if (node.left == null) {
            return node.right;
        }
        if (node.right == null) {
            return node.left;
        }
        return node.left.size > node.right.size
                ? balanced(withoutLast(node.left), last(node.left), node.right)
                : balanced(node.left, first(node.right), withoutFirst(node.right));
    }

    private static Entry first(Node node) {
        var at = node;
        while (at.left != null) {
            at = at.left;
        }
        return at.entry;
    }

    private static Entry last(Node node) {
        var at = node;
        while (at.right != null) {
            at = at.right;
        }
        return at.entry;
    }

    private static @Nullable Node withoutFirst(Node node) {
        return node.left == null ? node.right : balanced(withoutFirst(node.left), node.entry, node.right);
    }

    private static @Nullable Node withoutLast(Node node) {
        return node.right == null ? node.left : balanced(node.left, node.entry, withoutLast(node.right));
    }

    /** Joins two balanced subtrees of which one may be heavier by one insertion or deletion than is allowed. */
    private static Node balanced(@Nullable Node left, Entry entry, @Nullable Node right) {
        int sizes = sizeOf(left) + sizeOf(right);
        if (sizes > 1 && right != null && right.size > HEAVY * sizeOf(left)) {
            return sizeOf(right.left) < SINGLE * sizeOf(right.right)
                    ? new Node(new Node(left, entry, right.left), right.entry, right.right)
                    : raiseInnerOfRight(left, entry, right);
        }
        if (sizes > 1 && left != null && left.size > HEAVY * sizeOf(right)) {
            return sizeOf(left.right) < SINGLE * sizeOf(left.left)
                    ? new Node(left.left, left.entry, new Node(left.right, entry, right))
                    : raiseInnerOfLeft(left, entry, right);
        }
        return new Node(left, entry, right, sizes + 1);
    }

    private static Node raiseInnerOfRight(@Nullable Node left, Entry entry, Node right) {
        var inner = requireNonNull(right.left);
        return new Node(
                new Node(left, entry, inner.left), inner.entry, new Node(inner.right, right.entry, right.right));
    }

    private static Node raiseInnerOfLeft(Node left, Entry entry, @Nullable Node right) {
        var inner = requireNonNull(left.right);
        return new Node(new Node(left.left, left.entry, inner.left), inner.entry, new Node(inner.right, entry, right));
    }

    private static final class Ascending implements Iterator<Entry> {
        private final Deque<Node> pending = new ArrayDeque<>();

        Ascending(@Nullable Node root, String first) {
            var node = root;
            while (node != null) {
                if (first.compareTo(node.key()) <= 0) {
                    pending.push(node);
                    node = node.left;
                } else {
                    node = node.right;
                }
            }
        }

        @Override
        public boolean hasNext() {
            return !pending.isEmpty();
        }

        @Override
        public Entry next() {
            if (pending.isEmpty()) {
                throw new NoSuchElementException();
            }
            var node = pending.pop();
            for (var below = node.right; below != null; below = below.left) {
                pending.push(below);
            }
            return node.entry;
        }
    }
}

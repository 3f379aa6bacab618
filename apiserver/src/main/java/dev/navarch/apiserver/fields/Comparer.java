package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.SetOf;
import dev.navarch.apiserver.fields.Shape.Struct;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One walk through two states of an object that collects a {@link Comparison}. In the walk an absent value is a null
 * reference, and a JSON null is a value. For one comparison.
 */
final class Comparer {
    private final boolean stored;
    private Level[] levels = new Level[16];

    /** What is found below the value at one depth. */
    private static final class Level {
        final FieldSet.Builder added = new FieldSet.Builder();
        final FieldSet.Builder modified = new FieldSet.Builder();
        final FieldSet.Builder removed = new FieldSet.Builder();

        /** The fields of a struct in both states, by rank; empty but while they are gone through. */
        @Nullable
        JsonNode[] before = new @Nullable JsonNode[16];

        @Nullable
        JsonNode[] after = new @Nullable JsonNode[16];

        void hold(int fields) {
            if (before.length < fields) {
                before = new @Nullable JsonNode[fields];
                after = new @Nullable JsonNode[fields];
            }
        }
    }

    /** What is to be said of a value itself. */
    private enum Verdict {
        NOTHING,
        ADDED,
        MODIFIED,
        REMOVED,
        /** One value has taken the place of several, or the other way around. */
        REPLACED
    }

    Comparer(boolean stored) {
        this.stored = stored;
    }

    Comparison compare(ObjectNode before, ObjectNode after, Struct shape) {
        struct(before, after, shape, 0);
        var root = level(0);
        return new Comparison(root.added.build(), root.modified.build(), root.removed.build());
    }

    private Level level(int depth) {
        if (depth == levels.length) {
            levels = Arrays.copyOf(levels, depth * 2);
        }
        var level = levels[depth];
        if (level == null) {
            level = new Level();
            levels[depth] = level;
        }
        return level;
    }

    private Verdict compare(@Nullable JsonNode before, @Nullable JsonNode after, Shape shape, int depth) {
        return switch (shape) {
            case Leaf leaf -> leaf(before, after, leaf);
            case Struct struct -> struct(before, after, struct, depth);
            case Keyed map -> keyed(before, after, map.value(), depth);
            case SetOf set -> list(before, after, set, set.element(), depth);
            case ListOf list -> list(before, after, list, list.element(), depth);
            case Deduced _ -> deduced(before, after, depth);
        };
    }

    /** Notes a field or element, and what was found below it. */
    private void note(PathElement element, Verdict verdict, int depth) {
        var here = level(depth);
        var below = level(depth + 1);
        note(here.added, below.added, element, verdict == Verdict.ADDED || verdict == Verdict.REPLACED);
        note(here.modified, below.modified, element, verdict == Verdict.MODIFIED);
        note(here.removed, below.removed, element, verdict == Verdict.REMOVED || verdict == Verdict.REPLACED);
    }

    private static void note(FieldSet.Builder here, FieldSet.Builder below, PathElement element, boolean itself) {
        if (itself || !below.isEmpty()) {
            here.add(element, itself, below.build());
        }
    }

    private static void noteLeaf(PathElement element, Verdict verdict, Level here) {
        switch (verdict) {
            case NOTHING -> {}
            case ADDED -> here.added.add(element, true, null);
            case MODIFIED -> here.modified.add(element, true, null);
            case REMOVED -> here.removed.add(element, true, null);
            case REPLACED -> throw new IllegalStateException("a leaf does not occur twice");
        }
    }

    private Verdict leaf(@Nullable JsonNode before, @Nullable JsonNode after, Leaf leaf) {
        if (before == null || after == null) {
            return presence(before, after);
        }
        boolean same = stored ? Sameness.stored(before, after, leaf.schema()) : Sameness.plain(before, after);
        return same ? Verdict.NOTHING : Verdict.MODIFIED;
    }

    private static Verdict presence(@Nullable JsonNode before, @Nullable JsonNode after) {
        return before == null ? Verdict.ADDED : after == null ? Verdict.REMOVED : Verdict.NOTHING;
    }

    /** Of two values that hold nothing: null and empty differ. */
    private static Verdict empty(@Nullable JsonNode before, @Nullable JsonNode after) {
        boolean modified = before != null && after != null && before.isNull() != after.isNull();
        return modified ? Verdict.MODIFIED : presence(before, after);
    }

    private Verdict struct(@Nullable JsonNode before, @Nullable JsonNode after, Struct struct, int depth) {
        var members = struct.members();
        var level = level(depth);
        level.hold(members.length);
        int first = Math.min(gather(before, struct, level.before), gather(after, struct, level.after));
        boolean nothing = true;
        for (int i = first; i < members.length; i++) {
            var was = level.before[i];
            var is = level.after[i];
            if (was == null && is == null) {
                continue;
            }
            level.before[i] = null;
            level.after[i] = null;
            nothing = false;
            if (was == is) {
                continue;
            }
            var name = members[i].name();
            if (members[i].shape() instanceof Leaf leaf) {
                noteLeaf(name, leaf(was, is, leaf), level);
            } else {
                note(name, compare(was, is, members[i].shape(), depth + 1), depth);
            }
        }
        if (struct.preservesUnknown()) {
            nothing &= unknown(before, after, struct, depth);
        }
        return nothing ? empty(before, after) : presence(before, after);
    }

    /** Puts the fields that an object has at their ranks; returns the lowest. */
    private int gather(@Nullable JsonNode object, Struct struct, @Nullable JsonNode[] values) {
        int first = Integer.MAX_VALUE;
        if (!(object instanceof ObjectNode)) {
            return first;
        }
        for (var entry : object.properties()) {
            var member = struct.member(entry.getKey());
            if (member == null || member.untracked()) {
                continue;
            }
            var value = stored ? member.stored(entry.getValue()) : entry.getValue();
            if (value != null) {
                values[member.rank()] = value;
                first = Math.min(first, member.rank());
            }
        }
        if (stored) {
            for (var member : struct.always()) {
                if (values[member.rank()] == null) {
                    values[member.rank()] = member.zero();
                    first = Math.min(first, member.rank());
                }
            }
        }
        return first;
    }

    /** The fields that the schema does not know; returns whether there are none. */
    private boolean unknown(@Nullable JsonNode before, @Nullable JsonNode after, Struct struct, int depth) {
        var names = names(before, after);
        names.removeIf(name -> struct.member(name) != null);
        if (names.isEmpty()) {
            return true;
        }
        // they belong between the known ones: notes must come in order
        var known = level(depth);
        var kept = new Comparison(known.added.build(), known.modified.build(), known.removed.build());
        for (var name : names) {
            note(PathElement.name(name), deduced(get(before, name), get(after, name), depth + 1), depth);
        }
        refill(known.added, kept.added());
        refill(known.modified, kept.modified());
        refill(known.removed, kept.removed());
        return false;
    }

    private static void refill(FieldSet.Builder level, FieldSet known) {
        var all = level.build().union(known);
        for (int i = 0; i < all.nodes(); i++) {
            level.add(all.element(i), all.member(i), all.below(i));
        }
    }

    private static @Nullable JsonNode get(@Nullable JsonNode object, String name) {
        return object instanceof ObjectNode ? object.get(name) : null;
    }

    /** The names of both, sorted, each once. */
    private static List<String> names(@Nullable JsonNode before, @Nullable JsonNode after) {
        List<String> names = new ArrayList<>();
        if (before instanceof ObjectNode object) {
            names.addAll(object.propertyNames());
        }
        if (after instanceof ObjectNode object) {
            for (var name : object.propertyNames()) {
                if (!(before instanceof ObjectNode && before.has(name))) {
                    names.add(name);
                }
            }
        }
        names.sort(null);
        return names;
    }

    private Verdict keyed(@Nullable JsonNode before, @Nullable JsonNode after, Shape value, int depth) {
        var names = names(before, after);
        if (names.isEmpty()) {
            return empty(before, after);
        }
        for (var name : names) {
            var was = get(before, name);
            var is = get(after, name);
            if (value instanceof Leaf leaf) {
                var verdict = leaf(was, is, leaf);
                if (verdict != Verdict.NOTHING) {
                    noteLeaf(PathElement.name(name), verdict, level(depth));
                }
            } else {
                note(PathElement.name(name), compare(was, is, value, depth + 1), depth);
            }
        }
        return presence(before, after);
    }

    private Verdict deduced(@Nullable JsonNode before, @Nullable JsonNode after, int depth) {
        if (before instanceof ObjectNode || after instanceof ObjectNode) {
            var verdict = keyed(before, after, Deduced.DEDUCED, depth);
            boolean turned = isPlainValue(before) || isPlainValue(after);
            return turned ? Verdict.MODIFIED : verdict;
        }
        if (before == null || after == null) {
            return presence(before, after);
        }
        return Sameness.plain(before, after) ? Verdict.NOTHING : Verdict.MODIFIED;
    }

    private static boolean isPlainValue(@Nullable JsonNode node) {
        return node != null && !node.isObject() && !node.isNull();
    }

    /** A value in a list, of one of the states. */
    private record Item(PathElement path, JsonNode value, boolean earlier) {}

    private Verdict list(@Nullable JsonNode before, @Nullable JsonNode after, Shape shape, Shape element, int depth) {
        int was = before == null ? 0 : before.size();
        int is = after == null ? 0 : after.size();
        if (was == 0 && is == 0) {
            return empty(before, after);
        }
        if (was <= 1 && is <= 1) {
            single(was == 0 ? null : before.get(0), is == 0 ? null : after.get(0), shape, element, depth);
        } else {
            var items = items(before, after, shape);
            for (int i = 0; i < items.length; ) {
                int end = i + 1;
                while (end < items.length && items[end].path.equals(items[i].path)) {
                    end++;
                }
                note(items[i].path, element(items, i, end, element, depth + 1), depth);
                i = end;
            }
        }
        return presence(before, after);
    }

    /** The most frequent case, without sorting. */
    private void single(@Nullable JsonNode was, @Nullable JsonNode is, Shape shape, Shape element, int depth) {
        var before = was == null ? null : path(was, shape);
        var after = is == null ? null : path(is, shape);
        if (before != null && after != null && !before.equals(after)) {
            boolean inOrder = before.compareTo(after) < 0;
            if (inOrder) {
                note(before, compare(was, null, element, depth + 1), depth);
            }
            note(after, compare(null, is, element, depth + 1), depth);
            if (!inOrder) {
                note(before, compare(was, null, element, depth + 1), depth);
            }
        } else {
            note(after == null ? before : after, compare(was, is, element, depth + 1), depth);
        }
    }

    private PathElement path(JsonNode value, Shape shape) {
        return shape instanceof ListOf list ? Shape.elementOf(list, value, stored) : Shape.elementOf(value);
    }

    /** Sorted by their paths; those of one path stay in their order, the earlier state first. */
    private Item[] items(@Nullable JsonNode before, @Nullable JsonNode after, Shape shape) {
        int was = before == null ? 0 : before.size();
        int is = after == null ? 0 : after.size();
        var items = new Item[was + is];
        for (int i = 0; i < was; i++) {
            var value = before.get(i);
            items[i] = new Item(path(value, shape), value, true);
        }
        for (int i = 0; i < is; i++) {
            var value = after.get(i);
            items[was + i] = new Item(path(value, shape), value, false);
        }
        Arrays.sort(items, Comparator.comparing(Item::path));
        return items;
    }

    /** Duplicates are owned together, as one value. */
    private Verdict element(Item[] items, int from, int to, Shape shape, int depth) {
        int was = 0;
        while (from + was < to && items[from + was].earlier) {
            was++;
        }
        int is = to - from - was;
        if (was <= 1 && is <= 1) {
            return compare(was == 0 ? null : items[from].value, is == 0 ? null : items[to - 1].value, shape, depth);
        }
        if (was >= 2 && is >= 2) {
            boolean same = was == is;
            for (int i = 0; same && i < was; i++) {
                same = Sameness.plain(items[from + i].value, items[from + was + i].value);
            }
            return same ? Verdict.NOTHING : Verdict.MODIFIED;
        }
        if (was == 0 || is == 0) {
            return was == 0 ? Verdict.ADDED : Verdict.REMOVED;
        }
        if (was >= 2) {
            compare(null, items[to - 1].value, shape, depth);
        } else {
            compare(items[from].value, null, shape, depth);
        }
        return Verdict.REPLACED;
    }
}

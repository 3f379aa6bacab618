package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Shape.Deduced;
import dev.navarch.apiserver.fields.Shape.Keyed;
import dev.navarch.apiserver.fields.Shape.Leaf;
import dev.navarch.apiserver.fields.Shape.ListOf;
import dev.navarch.apiserver.fields.Shape.Member;
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
        boolean nothing = true;
        for (var member : struct.members()) {
            if (member.untracked()) {
                continue;
            }
            var was = value(before, member);
            var is = value(after, member);
            if (was != null || is != null) {
                nothing = false;
                if (was != is) {
                    note(member.name(), compare(was, is, member.shape(), depth + 1), depth);
                }
            }
        }
        if (struct.preservesUnknown()) {
            nothing &= unknown(before, after, struct, depth);
        }
        return nothing ? empty(before, after) : presence(before, after);
    }

    private @Nullable JsonNode value(@Nullable JsonNode object, Member member) {
        if (!(object instanceof ObjectNode)) {
            return null;
        }
        return stored ? member.stored(object) : object.get(member.name().name());
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
                    note(PathElement.name(name), verdict, depth);
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

    /** An element of a list, with all values that it has in either state. */
    private record Element(PathElement path, List<JsonNode> before, List<JsonNode> after) {}

    private Verdict list(@Nullable JsonNode before, @Nullable JsonNode after, Shape shape, Shape element, int depth) {
        int was = before == null ? 0 : before.size();
        int is = after == null ? 0 : after.size();
        if (was == 0 && is == 0) {
            return empty(before, after);
        }
        if (was <= 1 && is <= 1) {
            single(was == 0 ? null : before.get(0), is == 0 ? null : after.get(0), shape, element, depth);
        } else {
            for (var each : elements(before, after, shape)) {
                note(each.path, element(each, element, depth + 1), depth);
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

    private List<Element> elements(@Nullable JsonNode before, @Nullable JsonNode after, Shape shape) {
        List<Element> all = new ArrayList<>();
        if (before != null) {
            for (var value : before) {
                all.add(new Element(path(value, shape), new ArrayList<>(List.of(value)), new ArrayList<>(1)));
            }
        }
        if (after != null) {
            for (var value : after) {
                all.add(new Element(path(value, shape), new ArrayList<>(1), new ArrayList<>(List.of(value))));
            }
        }
        all.sort(Comparator.comparing(Element::path)); // stable: duplicates stay in their order
        List<Element> distinct = new ArrayList<>(all.size());
        for (var each : all) {
            if (!distinct.isEmpty() && distinct.getLast().path.equals(each.path)) {
                distinct.getLast().before.addAll(each.before);
                distinct.getLast().after.addAll(each.after);
            } else {
                distinct.add(each);
            }
        }
        return distinct;
    }

    /** Duplicates are owned together, as one value. */
    private Verdict element(Element each, Shape shape, int depth) {
        int was = each.before.size();
        int is = each.after.size();
        if (was <= 1 && is <= 1) {
            return compare(
                    was == 0 ? null : each.before.getFirst(), is == 0 ? null : each.after.getFirst(), shape, depth);
        }
        if (was >= 2 && is >= 2) {
            boolean same = was == is;
            for (int i = 0; same && i < was; i++) {
                same = Sameness.plain(each.before.get(i), each.after.get(i));
            }
            return same ? Verdict.NOTHING : Verdict.MODIFIED;
        }
        if (was == 0 || is == 0) {
            return was == 0 ? Verdict.ADDED : Verdict.REMOVED;
        }
        if (was >= 2) {
            compare(null, each.after.getFirst(), shape, depth);
        } else {
            compare(each.before.getFirst(), null, shape, depth);
        }
        return Verdict.REPLACED;
    }
}

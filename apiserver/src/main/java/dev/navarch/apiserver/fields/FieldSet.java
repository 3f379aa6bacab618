package dev.navarch.apiserver.fields;

import dev.navarch.api.JsonBytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * A set of paths, as a tree whose nodes are sorted. A path may be in the set without the paths below it and the other way
 * around. Immutable; operations share what they don't change, and give back {@code this} if that is the outcome
 * (source: structured-merge-diff fieldpath/set.go and serialize.go).
 */
public final class FieldSet {
    public static final FieldSet EMPTY = new FieldSet(new PathElement[0], new boolean[0], new @Nullable FieldSet[0]);

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** Of a level without any below it, whose elements all are in the set. */
    private static final boolean[] ALL = {};

    private static final @Nullable FieldSet[] NONE = {};

    private final PathElement[] elements;
    private final boolean[] members;
    private final @Nullable FieldSet[] children;

    private FieldSet(PathElement[] elements, boolean[] members, @Nullable FieldSet[] children) {
        this.elements = elements;
        this.members = members;
        this.children = children;
    }

    /** Collects the nodes of one level, in their order. To be used again after {@link #build}. For one thread. */
    static final class Builder {
        private PathElement[] elements = new PathElement[8];
        private boolean[] members = new boolean[8];
        private @Nullable FieldSet[] children = new @Nullable FieldSet[8];
        private int size;

        /** @param element beyond all that were added */
        void add(PathElement element, boolean member, @Nullable FieldSet child) {
            boolean childless = child == null || child.isEmpty();
            if (!member && childless) {
                return;
            }
            if (size == elements.length) {
                elements = Arrays.copyOf(elements, size * 2);
                members = Arrays.copyOf(members, size * 2);
                children = Arrays.copyOf(children, size * 2);
            }
            elements[size] = element;
            members[size] = member;
            children[size++] = childless ? null : child;
        }

        private void addFrom(FieldSet set, int i) {
            add(set.elements[i], set.member(i), set.child(i));
        }

        boolean isEmpty() {
            return size == 0;
        }

        FieldSet build() {
            if (size == 0) {
                return EMPTY;
            }
            boolean leads = false;
            for (int i = 0; i < size; i++) {
                leads |= children[i] != null;
            }
            var set = new FieldSet(
                    Arrays.copyOf(elements, size),
                    leads ? Arrays.copyOf(members, size) : ALL,
                    leads ? Arrays.copyOf(children, size) : NONE);
            size = 0;
            return set;
        }

        /** Like {@link #build} after additions in any order; of equal elements the last one's children count. */
        private FieldSet buildSorted() {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                order.add(i);
            }
            order.sort((a, b) -> elements[a].compareTo(elements[b]));
            var sorted = new Builder();
            for (int i : order) {
                int last = sorted.size - 1;
                if (last >= 0 && sorted.elements[last].equals(elements[i])) {
                    sorted.members[last] |= members[i];
                    sorted.children[last] = children[i] == null ? sorted.children[last] : children[i];
                } else {
                    sorted.add(elements[i], members[i], children[i]);
                }
            }
            size = 0;
            return sorted.build();
        }
    }

    @SafeVarargs
    public static FieldSet of(List<PathElement>... paths) {
        var set = EMPTY;
        for (var path : paths) {
            set = set.union(single(path, 0));
        }
        return set;
    }

    private static FieldSet single(List<PathElement> path, int from) {
        boolean last = from == path.size() - 1;
        var level = new Builder();
        level.add(path.get(from), last, last ? null : single(path, from + 1));
        return level.build();
    }

    public boolean isEmpty() {
        return elements.length == 0;
    }

    int nodes() {
        return elements.length;
    }

    PathElement element(int i) {
        return elements[i];
    }

    boolean member(int i) {
        return members.length == 0 || members[i];
    }

    private @Nullable FieldSet child(int i) {
        return children.length == 0 ? null : children[i];
    }

    FieldSet below(int i) {
        var child = child(i);
        return child == null ? EMPTY : child;
    }

    private int find(PathElement element) {
        return Arrays.binarySearch(elements, element);
    }

    /** Whether the path of this one element is in the set. */
    boolean has(PathElement element) {
        int i = find(element);
        return i >= 0 && member(i);
    }

    /** The set of what follows on this element. */
    FieldSet below(PathElement element) {
        int i = find(element);
        return i < 0 ? EMPTY : below(i);
    }

    public boolean has(List<PathElement> path) {
        var set = this;
        for (int i = 0; i < path.size() - 1; i++) {
            set = set.below(path.get(i));
        }
        return !path.isEmpty() && set.has(path.getLast());
    }

    public FieldSet union(FieldSet other) {
        if (other.isEmpty() || other == this) {
            return this;
        }
        if (isEmpty()) {
            return other;
        }
        var out = new Builder();
        boolean same = true;
        int i = 0;
        int j = 0;
        while (i < elements.length || j < other.elements.length) {
            int order = order(i, other, j);
            if (order < 0) {
                out.addFrom(this, i++);
            } else if (order > 0) {
                same = false;
                out.addFrom(other, j++);
            } else {
                var child = below(i).union(other.below(j));
                boolean member = member(i) || other.member(j);
                same &= member == member(i) && child == below(i);
                out.add(elements[i++], member, child);
                j++;
            }
        }
        return same ? this : out.build();
    }

    private int order(int i, FieldSet other, int j) {
        if (i == elements.length) {
            return 1;
        }
        return j == other.elements.length ? -1 : elements[i].compareTo(other.elements[j]);
    }

    /** The paths that are in both. */
    public FieldSet intersection(FieldSet other) {
        if (isEmpty() || other.isEmpty()) {
            return EMPTY;
        }
        var out = new Builder();
        int i = 0;
        int j = 0;
        while (i < elements.length && j < other.elements.length) {
            int order = elements[i].compareTo(other.elements[j]);
            if (order < 0) {
                i++;
            } else if (order > 0) {
                j++;
            } else {
                out.add(elements[i], member(i) && other.member(j), below(i).intersection(other.below(j)));
                i++;
                j++;
            }
        }
        return out.build();
    }

    /** The paths that are not in {@code other}; a path above or below one of the other's stays. */
    public FieldSet difference(FieldSet other) {
        return without(other, false);
    }

    /** The paths that are neither in {@code other} nor below one of its paths. */
    public FieldSet recursiveDifference(FieldSet other) {
        return without(other, true);
    }

    private FieldSet without(FieldSet other, boolean recursive) {
        if (isEmpty() || other.isEmpty()) {
            return this;
        }
        var out = new Builder();
        boolean same = true;
        int j = 0;
        for (int i = 0; i < elements.length; i++) {
            while (j < other.elements.length && other.elements[j].compareTo(elements[i]) < 0) {
                j++;
            }
            if (j == other.elements.length || !other.elements[j].equals(elements[i])) {
                out.addFrom(this, i);
                continue;
            }
            var child = recursive && other.member(j) ? EMPTY : below(i).without(other.below(j), recursive);
            boolean member = member(i) && !other.member(j);
            same &= member == member(i) && child == below(i);
            out.add(elements[i], member, child);
        }
        return same ? this : out.build();
    }

    /** The paths that are this one or lead to it or are below it (source: .../set.go, FilterIncludeMatches). */
    public FieldSet at(List<PathElement> path) {
        return at(path, 0, List.of());
    }

    /** Likewise, where any one element stands between the two parts of the path. */
    public FieldSet at(List<PathElement> path, List<PathElement> afterAny) {
        return at(path, 0, afterAny);
    }

    private FieldSet at(List<PathElement> path, int from, List<PathElement> afterAny) {
        var out = new Builder();
        if (from < path.size()) {
            int i = find(path.get(from));
            if (i >= 0) {
                out.add(elements[i], member(i), below(i).at(path, from + 1, afterAny));
            }
            return out.build();
        }
        if (afterAny.isEmpty()) {
            return this;
        }
        for (int i = 0; i < elements.length; i++) {
            out.add(elements[i], member(i), below(i).at(afterAny, 0, List.of()));
        }
        return out.build();
    }

    /** Each path once: those that end on a level before those that go on. The path is only good during the call. */
    void forEach(Consumer<List<PathElement>> visitor) {
        forEach(new ArrayList<>(), visitor);
    }

    private void forEach(List<PathElement> path, Consumer<List<PathElement>> visitor) {
        for (int i = 0; i < elements.length; i++) {
            if (member(i)) {
                path.add(elements[i]);
                visitor.accept(path);
                path.removeLast();
            }
        }
        for (int i = 0; i < elements.length; i++) {
            var child = child(i);
            if (child != null) {
                path.add(elements[i]);
                child.forEach(path, visitor);
                path.removeLast();
            }
        }
    }

    /** In the form of {@code fieldsV1}. */
    byte[] json() {
        var out = new JsonBytes(1024);
        write(out, false);
        return out.toByteArray();
    }

    private void write(JsonBytes out, boolean itself) {
        out.raw('{');
        if (itself) {
            out.raw(ITSELF);
        }
        for (int i = 0; i < elements.length; i++) {
            if (i > 0 || itself) {
                out.raw(',');
            }
            out.raw(elements[i].label());
            var child = child(i);
            if (child == null) {
                out.raw(NOTHING_BELOW);
            } else {
                child.write(out, member(i));
            }
        }
        out.raw('}');
    }

    private static final byte[] ITSELF = "\".\":{}".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING_BELOW = "{}".getBytes(StandardCharsets.US_ASCII);

    /**
     * Reads the form of {@code fieldsV1}.
     *
     * @throws FieldsException if it cannot be read
     */
    static FieldSet parse(byte[] json) {
        try (var tokens = JSON.createParser(ObjectReadContext.empty(), json)) {
            var set = new Reader(tokens).read(tokens.nextToken()).children;
            if (tokens.nextToken() != null) {
                throw new FieldsException("unexpected trailing data after JSON object");
            }
            return set;
        } catch (JacksonException e) {
            throw new FieldsException(e.getOriginalMessage());
        }
    }

    private record Reader(JsonParser tokens) {
        private record Node(boolean member, FieldSet children) {}

        Node read(@Nullable JsonToken first) {
            if (first == JsonToken.VALUE_NULL) {
                return new Node(true, EMPTY);
            }
            if (first != JsonToken.START_OBJECT) {
                throw new FieldsException("expected an object");
            }
            boolean member = false;
            boolean sorted = true;
            var level = new Builder();
            for (var name = tokens.nextName(); name != null; name = tokens.nextName()) {
                var value = tokens.nextToken();
                if (name.equals(".")) {
                    member = true;
                    tokens.skipChildren();
                    continue;
                }
                var element = PathElement.parse(name);
                if (element.isEmpty()) {
                    tokens.skipChildren();
                    continue;
                }
                var node = read(value);
                sorted &= level.isEmpty() || level.elements[level.size - 1].compareTo(element.get()) < 0;
                level.add(element.get(), node.member, node.children);
            }
            var children = sorted ? level.build() : level.buildSorted();
            return new Node(member || children.isEmpty(), children);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FieldSet that
                && Arrays.equals(members, that.members)
                && Arrays.equals(elements, that.elements)
                && Arrays.equals(children, that.children);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(elements);
    }

    /** The paths in the form of messages, one a line. */
    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        forEach(path -> lines.add(PathElement.print(path)));
        return lines.stream().collect(Collectors.joining("\n"));
    }
}

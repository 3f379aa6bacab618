package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The members of a JSON object in the order in which they came. Few of them, as nearly all objects have, take a third of a
 * {@link LinkedHashMap}'s memory and are found by their hashes, which lie side by side; many are kept in such a map, so that
 * nobody can make a search long.
 */
final class Members extends AbstractMap<String, JsonNode> {
    /** So many are few. */
    static final int MOST = 16;

    private static final int[] NO_HASHES = {};
    private static final String[] NO_NAMES = {};
    private static final JsonNode[] NO_VALUES = {};

    private int size;
    private int[] hashes = NO_HASHES;
    private String[] names = NO_NAMES;
    private JsonNode[] values = NO_VALUES;
    private @Nullable Map<String, JsonNode> many;

    private int find(@Nullable Object name) {
        if (!(name instanceof String text)) {
            return -1;
        }
        int hash = text.hashCode();
        for (int i = 0; i < size; i++) {
            if (hashes[i] == hash && text.equals(names[i])) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public @Nullable JsonNode get(@Nullable Object name) {
        if (many != null) {
            return many.get(name);
        }
        int at = find(name);
        return at < 0 ? null : values[at];
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return many != null ? many.containsKey(name) : find(name) >= 0;
    }

    @Override
    public @Nullable JsonNode put(String name, JsonNode value) {
        if (many != null) {
            return many.put(name, value);
        }
        int at = find(requireNonNull(name));
        if (at >= 0) {
            var old = values[at];
            values[at] = value;
            return old;
        }
        if (size == MOST) {
            return spread().put(name, value);
        }
        if (size == names.length) {
            int room = size == 0 ? 4 : 2 * size;
            hashes = Arrays.copyOf(hashes, room);
            names = Arrays.copyOf(names, room);
            values = Arrays.copyOf(values, room);
        }
        hashes[size] = name.hashCode();
        names[size] = name;
        values[size++] = value;
        return null;
    }

    private Map<String, JsonNode> spread() {
        var all = new LinkedHashMap<String, JsonNode>(4 * MOST);
        for (int i = 0; i < size; i++) {
            all.put(names[i], values[i]);
        }
        clear();
        many = all;
        return all;
    }

    @Override
    public @Nullable JsonNode remove(@Nullable Object name) {
        if (many != null) {
            return many.remove(name);
        }
        int at = find(name);
        return at < 0 ? null : removeAt(at);
    }

    private JsonNode removeAt(int at) {
        var old = values[at];
        int after = --size - at;
        System.arraycopy(hashes, at + 1, hashes, at, after);
        System.arraycopy(names, at + 1, names, at, after);
        System.arraycopy(values, at + 1, values, at, after);
        Arrays.fill(names, size, size + 1, null);
        Arrays.fill(values, size, size + 1, null);
        return old;
    }

    @Override
    public void clear() {
        size = 0;
        hashes = NO_HASHES;
        names = NO_NAMES;
        values = NO_VALUES;
        many = null;
    }

    @Override
    public int size() {
        return many != null ? many.size() : size;
    }

    @Override
    public boolean isEmpty() {
        return size() == 0;
    }

    @Override
    public Set<String> keySet() {
        return many != null ? many.keySet() : new Names();
    }

    @Override
    public Set<Entry<String, JsonNode>> entrySet() {
        return many != null ? many.entrySet() : new Entries();
    }

    /** What an iterator gives for a place. */
    private abstract class Steps<T> implements Iterator<T> {
        private int next;

        abstract T at(int place);

        @Override
        public boolean hasNext() {
            return next < size;
        }

        @Override
        public T next() {
            if (next >= size) {
                throw new NoSuchElementException();
            }
            return at(next++);
        }

        @Override
        public void remove() {
            removeAt(--next);
        }
    }

    private final class Names extends AbstractSet<String> {
        @Override
        public Iterator<String> iterator() {
            return new Steps<>() {
                @Override
                String at(int place) {
                    return names[place];
                }
            };
        }

        @Override
        public int size() {
            return Members.this.size();
        }

        @Override
        public boolean contains(@Nullable Object name) {
            return containsKey(name);
        }

        @Override
        public boolean remove(@Nullable Object name) {
            return Members.this.remove(name) != null;
        }
    }

    private final class Entries extends AbstractSet<Entry<String, JsonNode>> {
        @Override
        public Iterator<Entry<String, JsonNode>> iterator() {
            return new Steps<>() {
                @Override
                Entry<String, JsonNode> at(int place) {
                    return new Member(names[place], values[place]);
                }
            };
        }

        @Override
        public int size() {
            return Members.this.size();
        }
    }

    /** Writes through, as an entry of any map does. */
    private final class Member extends SimpleEntry<String, JsonNode> {
        private static final long serialVersionUID = 1;

        Member(String name, JsonNode value) {
            super(name, value);
        }

        @Override
        public JsonNode setValue(JsonNode value) {
            put(getKey(), value);
            return super.setValue(value);
        }
    }
}

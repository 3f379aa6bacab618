package dev.navarch.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelValue;
import java.util.AbstractList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An array of a tree as a list, which the library takes as it is; see {@link ObjectView}. */
@SuppressWarnings("Immutable") // nobody changes a tree while expressions look at it
final class ListView extends CelValue implements List<Object>, RandomAccess {
    private static final CelType TYPE = ListType.create(SimpleType.DYN);

    private final JsonNode list;
    private final @Nullable ValueType type;
    private final @Nullable ValueType element;
    private final Elements elements = new Elements();

    ListView(JsonNode list, @Nullable ValueType type) {
        this.list = list;
        this.type = type;
        this.element = type == null ? null : type.element();
    }

    JsonNode list() {
        return list;
    }

    boolean isSet() {
        return type != null && type.kind() == ValueType.Kind.SET;
    }

    boolean isKeyed() {
        return type != null && type.kind() == ValueType.Kind.KEYED;
    }

    /** Tells an element of a keyed list from others. */
    List<JsonNode> key(int index) {
        return type == null
                ? List.of()
                : type.fields().keySet().stream().map(list.get(index)::path).toList();
    }

    /** The same list with other elements. */
    ListView with(JsonNode others) {
        return new ListView(others, type);
    }

    @Override
    public Object get(int index) {
        var value = list.get(index);
        if (value == null) {
            throw new IndexOutOfBoundsException(index);
        }
        return Values.of(value, element);
    }

    @Override
    public int size() {
        return list.size();
    }

    @Override
    public boolean isEmpty() {
        return list.isEmpty();
    }

    @Override
    public Iterator<Object> iterator() {
        return elements.iterator();
    }

    @Override
    public ListIterator<Object> listIterator() {
        return elements.listIterator();
    }

    @Override
    public ListIterator<Object> listIterator(int index) {
        return elements.listIterator(index);
    }

    @Override
    public List<Object> subList(int from, int to) {
        return elements.subList(from, to);
    }

    @Override
    public boolean contains(Object value) {
        return elements.contains(value);
    }

    @Override
    public boolean containsAll(Collection<?> values) {
        return elements.containsAll(values);
    }

    @Override
    public int indexOf(Object value) {
        return elements.indexOf(value);
    }

    @Override
    public int lastIndexOf(Object value) {
        return elements.lastIndexOf(value);
    }

    @Override
    public Object[] toArray() {
        return elements.toArray();
    }

    @Override
    public <T> T[] toArray(T[] into) {
        return elements.toArray(into);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return elements.equals(other);
    }

    @Override
    public int hashCode() {
        return elements.hashCode();
    }

    @Override
    public String toString() {
        return list.toString();
    }

    @Override
    public Object value() {
        return this;
    }

    @Override
    public boolean isZeroValue() {
        return isEmpty();
    }

    @Override
    public CelType celType() {
        return TYPE;
    }

    @Override
    public boolean add(Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void add(int index, Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean addAll(Collection<?> values) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean addAll(int index, Collection<?> values) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Object set(int index, Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Object remove(int index) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean remove(Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean removeAll(Collection<?> values) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean retainAll(Collection<?> values) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clear() {
        throw new UnsupportedOperationException();
    }

    /** What is asked of the list as a whole. */
    private final class Elements extends AbstractList<Object> implements RandomAccess {
        @Override
        public Object get(int index) {
            return ListView.this.get(index);
        }

        @Override
        public int size() {
            return list.size();
        }
    }
}

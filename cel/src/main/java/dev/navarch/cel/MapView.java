package dev.navarch.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelValue;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map whose values are made when they are asked for. Being a value of the library's own kind it is taken as it is: a
 * mere map would be walked through, with all below it, whenever an expression comes to it.
 */
@SuppressWarnings("Immutable") // nobody changes what it shows while expressions look at it
abstract class MapView extends CelValue implements Map<String, Object> {
    private static final CelType TYPE = MapType.create(SimpleType.STRING, SimpleType.DYN);

    private final Whole whole = new Whole();

    /** The entries, one after the other. */
    abstract Iterator<Entry<String, Object>> entries();

    @Override
    public abstract boolean containsKey(Object key);

    @Override
    public abstract @Nullable Object get(Object key);

    @Override
    public abstract int size();

    @Override
    public boolean isEmpty() {
        return size() == 0;
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        return whole.entrySet();
    }

    @Override
    public Set<String> keySet() {
        return whole.keySet();
    }

    @Override
    public Collection<Object> values() {
        return whole.values();
    }

    @Override
    public boolean containsValue(Object value) {
        return whole.containsValue(value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return whole.equals(other);
    }

    @Override
    public int hashCode() {
        return whole.hashCode();
    }

    @Override
    public String toString() {
        return whole.toString();
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
    public @Nullable Object put(String key, Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable Object remove(Object key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void putAll(Map<? extends String, ?> others) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void clear() {
        throw new UnsupportedOperationException();
    }

    /** What is asked of the map as a whole. */
    private final class Whole extends AbstractMap<String, Object> {
        @Override
        public boolean containsKey(Object key) {
            return MapView.this.containsKey(key);
        }

        @Override
        public @Nullable Object get(Object key) {
            return MapView.this.get(key);
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public int size() {
                    return MapView.this.size();
                }

                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    return entries();
                }
            };
        }
    }
}

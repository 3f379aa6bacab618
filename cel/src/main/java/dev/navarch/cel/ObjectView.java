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
import tools.jackson.databind.JsonNode;

/**
 * An object of a tree as a map. Being a value of the library's own kind it is taken as it is: a mere map would be walked
 * through, with all below it, whenever an expression comes to it.
 */
@SuppressWarnings("Immutable") // nobody changes a tree while expressions look at it
final class ObjectView extends CelValue implements Map<String, Object> {
    private static final CelType TYPE = MapType.create(SimpleType.STRING, SimpleType.DYN);

    private final JsonNode object;
    private final @Nullable ValueType type;
    private final Fields fields = new Fields();

    ObjectView(JsonNode object, @Nullable ValueType type) {
        this.object = object;
        this.type = type;
    }

    JsonNode object() {
        return object;
    }

    private boolean isStruct() {
        return type != null && type.kind() == ValueType.Kind.STRUCT;
    }

    private @Nullable JsonNode find(Object key) {
        return key instanceof String name ? object.get(isStruct() ? FieldNames.unescape(name) : name) : null;
    }

    private @Nullable ValueType typeOf(String escaped) {
        if (type == null) {
            return null;
        }
        return isStruct() ? type.fields().get(escaped) : type.element();
    }

    @Override
    public boolean containsKey(Object key) {
        return find(key) != null;
    }

    @Override
    public @Nullable Object get(Object key) {
        var value = find(key);
        return value == null ? null : Values.of(value, typeOf((String) key));
    }

    @Override
    public int size() {
        return object.size();
    }

    @Override
    public boolean isEmpty() {
        return object.isEmpty();
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
        return fields.entrySet();
    }

    @Override
    public Set<String> keySet() {
        return fields.keySet();
    }

    @Override
    public Collection<Object> values() {
        return fields.values();
    }

    @Override
    public boolean containsValue(Object value) {
        return fields.containsValue(value);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return fields.equals(other);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return object.toString();
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
    private final class Fields extends AbstractMap<String, Object> {
        @Override
        public boolean containsKey(Object key) {
            return ObjectView.this.containsKey(key);
        }

        @Override
        public @Nullable Object get(Object key) {
            return ObjectView.this.get(key);
        }

        @Override
        public Set<Entry<String, Object>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public int size() {
                    return object.size();
                }

                @Override
                public Iterator<Entry<String, Object>> iterator() {
                    var entries = object.properties().iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return entries.hasNext();
                        }

                        @Override
                        public Entry<String, Object> next() {
                            var entry = entries.next();
                            return Map.entry(entry.getKey(), Values.of(entry.getValue(), typeOf(entry.getKey())));
                        }
                    };
                }
            };
        }
    }
}

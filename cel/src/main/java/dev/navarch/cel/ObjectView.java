package dev.navarch.cel;

import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** An object of a tree as a map. */
@SuppressWarnings("Immutable") // nobody changes a tree while expressions look at it
final class ObjectView extends MapView {
    private final JsonNode object;
    private final @Nullable ValueType type;

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
    Iterator<Entry<String, Object>> entries() {
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

    @Override
    public String toString() {
        return object.toString();
    }
}

package dev.navarch.client;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.jdk.StringDeserializer;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.type.CollectionType;

/**
 * Reads models for {@link SharedObjects}. A model class gives each of its lists and maps a collection, empty or not: of
 * a pod's thirty kilobytes in memory most were those. It applies to readers that carry {@link #KEY} only.
 */
final class CompactModels extends ValueDeserializerModifier {
    private static final long serialVersionUID = 1L;

    /** The attribute of readers that want compact models: their {@link SharedStrings}. */
    static final Object KEY = CompactModels.class;

    @Override
    public ValueDeserializer<?> modifyDeserializer(
            DeserializationConfig config, BeanDescription.Supplier bean, ValueDeserializer<?> deserializer) {
        var type = bean.getBeanClass();
        if (type == String.class) {
            return new Texts();
        }
        if (!type.getName().startsWith("io.fabric8.")) {
            return deserializer;
        }
        var collections = collections(type);
        return collections.isEmpty() ? deserializer : new Compacted(deserializer, collections);
    }

    @Override
    public ValueDeserializer<?> modifyCollectionDeserializer(
            DeserializationConfig config,
            CollectionType type,
            BeanDescription.Supplier bean,
            ValueDeserializer<?> deserializer) {
        return type.getContentType().hasRawClass(ManagedFieldsEntry.class) ? new LeftOut(deserializer) : deserializer;
    }

    /** A class's fields that are lists or maps. */
    private static List<Field> collections(Class<?> type) {
        List<Field> found = new ArrayList<>();
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            for (var field : at.getDeclaredFields()) {
                boolean collection = field.getType() == List.class || field.getType() == Map.class;
                if (collection && !Modifier.isStatic(field.getModifiers()) && field.trySetAccessible()) {
                    found.add(field);
                }
            }
        }
        return found;
    }

    /** What tolerates all that the collection did, but for changes. */
    private static Object compact(Object collection) {
        return switch (collection) {
            case ArrayList<?> list when list.isEmpty() -> Collections.emptyList();
            case ArrayList<?> list when list.size() == 1 -> Collections.singletonList(list.getFirst());
            case ArrayList<?> list -> {
                list.trimToSize();
                yield list;
            }
            case Map<?, ?> map when map.isEmpty() -> Collections.emptyMap();
            case Map<?, ?> map
            when map.size() == 1 -> {
                var only = map.entrySet().iterator().next();
                yield Collections.singletonMap(only.getKey(), only.getValue());
            }
            default -> collection;
        };
    }

    private static final class Compacted extends DelegatingDeserializer {
        private final List<Field> collections;

        Compacted(ValueDeserializer<?> of, List<Field> collections) {
            super(of);
            this.collections = collections;
        }

        @Override
        protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> of) {
            return new Compacted(of, collections);
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context) {
            var bean = super.deserialize(parser, context);
            if (bean != null && context.getAttribute(KEY) != null) {
                try {
                    for (int i = 0; i < collections.size(); i++) {
                        var field = collections.get(i);
                        var now = field.get(bean);
                        if (now != null) {
                            field.set(bean, compact(now));
                        }
                    }
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
            return bean;
        }
    }

    private static final class LeftOut extends DelegatingDeserializer {
        LeftOut(ValueDeserializer<?> of) {
            super(of);
        }

        @Override
        protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> of) {
            return new LeftOut(of);
        }

        @Override
        public Object deserialize(JsonParser parser, DeserializationContext context) {
            if (context.getAttribute(KEY) == null) {
                return super.deserialize(parser, context);
            }
            parser.skipChildren();
            return Collections.emptyList();
        }
    }

    private static final class Texts extends StringDeserializer {
        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) {
            var text = super.deserialize(parser, context);
            return text != null && context.getAttribute(KEY) instanceof SharedStrings strings ? strings.of(text) : text;
        }
    }
}

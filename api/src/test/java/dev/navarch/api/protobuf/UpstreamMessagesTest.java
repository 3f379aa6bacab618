package dev.navarch.api.protobuf;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.navarch.api.Catalogue;
import dev.navarch.api.Generated;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ResourceType;
import java.lang.reflect.InvocationTargetException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What is written is read by classes that were generated from upstream's own message definitions. */
class UpstreamMessagesTest {
    /** Messages that stand for one value in JSON, or whose fields have other names there. */
    private static final Set<String> OPAQUE = Set.of(
            "Quantity",
            "Time",
            "MicroTime",
            "Duration",
            "IntOrString",
            "RawExtension",
            "FieldsV1",
            "JSON",
            "JSONSchemaProps",
            "JSONSchemaPropsOrArray",
            "JSONSchemaPropsOrBool",
            "JSONSchemaPropsOrStringArray");

    private final Catalogue catalogue = Catalogue.builtIn();
    private final ProtobufCodec codec = new ProtobufCodec(catalogue);
    private int compared;

    @Test
    void everyKindIsReadByUpstreamsClasses() throws ReflectiveOperationException {
        int kinds = 0;
        for (var type : catalogue.types()) {
            Class<?> message;
            try {
                message = Class.forName(className(type));
            } catch (ClassNotFoundException _) {
                continue; // those classes are of one version only, and know not all groups
            }
            var tree = new ObjectDecoder()
                    .conform(Generated.object(type.schema()), type.schema())
                    .tree();
            var bytes = codec.encodeMessage(tree, type.schema());
            compare(read(message, bytes), tree, type.kind());
            kinds++;
        }
        assertThat(kinds).isGreaterThan(60);
        assertThat(compared).isGreaterThan(5_000);
    }

    /** The generated classes are old, which they complain of when made whole at once; tests don't fear what they warn of. */
    @BeforeAll
    static void allowOldClasses() {
        System.setProperty("com.google.protobuf.use_unsafe_pre22_gencode", "true");
    }

    private static Message read(Class<?> message, byte[] bytes) throws ReflectiveOperationException {
        try {
            return (Message) message.getMethod("parseFrom", byte[].class).invoke(null, (Object) bytes);
        } catch (InvocationTargetException e) {
            throw new AssertionError(
                    "a " + message.getSimpleName() + " of " + HexFormat.of().formatHex(bytes), e);
        }
    }

    private static String className(ResourceType type) {
        var group = type.group().split("\\.")[0];
        var version = type.version();
        return "io.kubernetes.client.proto."
                + version.substring(0, 1).toUpperCase(Locale.ROOT)
                + version.substring(1)
                + (group.isEmpty() ? "" : group.substring(0, 1).toUpperCase(Locale.ROOT) + group.substring(1))
                + "$"
                + type.kind();
    }

    private void compare(Message message, JsonNode tree, String path) {
        for (var field : message.getDescriptorForType().getFields()) {
            var at = path + "." + field.getName();
            var node = inJson(tree, field.getName());
            if (node == null) {
                embedded(message, field, tree, at);
            } else if (field.isMapField()) {
                assertThat(message.getRepeatedFieldCount(field)).as(at).isEqualTo(node.size());
            } else if (field.isRepeated()) {
                var values = (List<?>) message.getField(field);
                assertThat(values).as(at).hasSize(node.size());
                for (int i = 0; i < values.size(); i++) {
                    value(values.get(i), node.get(i), at + "[" + i + "]");
                }
            } else {
                assertThat(message.hasField(field)).as(at).isTrue();
                value(message.getField(field), node, at);
            }
        }
    }

    /** A few messages have capital letters where JSON has small ones. */
    private static @Nullable JsonNode inJson(JsonNode tree, String name) {
        for (var entry : tree.properties()) {
            if (entry.getKey().equalsIgnoreCase(name)) {
                return entry.getValue();
            }
        }
        return null;
    }

    /** A field that is not in JSON is empty, or its own fields stand beside the others there. */
    private void embedded(Message message, FieldDescriptor field, JsonNode tree, String at) {
        if (field.isRepeated() || !message.hasField(field)) {
            assertThat(!field.isRepeated() || message.getRepeatedFieldCount(field) == 0)
                    .as(at)
                    .isTrue();
        } else if (message.getField(field) instanceof Message inner) {
            if (!OPAQUE.contains(inner.getDescriptorForType().getName())) {
                compare(inner, tree, at);
            }
        } else {
            assertThat(message.getField(field)).as(at).isEqualTo(field.getDefaultValue());
        }
    }

    private void value(Object value, JsonNode node, String at) {
        compared++;
        switch (value) {
            case Message inner when OPAQUE.contains(inner.getDescriptorForType().getName()) -> {}
            case Message inner
            when node.isArray() -> // a list that is a type of its own
                assertThat((List<?>) inner.getAllFields().values().iterator().next())
                        .as(at)
                        .hasSize(node.size());
            case Message inner -> compare(inner, node, at);
            case String text -> assertThat(text).as(at).isEqualTo(node.stringValue());
            case Boolean truth -> assertThat(truth).as(at).isEqualTo(node.booleanValue());
            case Integer number -> assertThat(number).as(at).isEqualTo(node.intValue());
            case Long number -> assertThat(number).as(at).isEqualTo(node.longValue());
            case Double number -> assertThat(number).as(at).isEqualTo(node.doubleValue());
            case ByteString bytes -> assertThat(bytes.isEmpty()).as(at).isFalse();
            default -> throw new AssertionError(at + " is a " + value.getClass());
        }
    }
}

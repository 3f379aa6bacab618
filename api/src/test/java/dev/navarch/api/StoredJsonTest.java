package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.POJONode;

class StoredJsonTest {
    private static final String OBJECT =
            "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"\u00e4\",\"managedFields\":[{\"manager\":\"a\",\"fieldsV1\":"
                    + "{\"f:data\":{\"f:k\":{}}},\"subresource\":\"x\"},{\"fieldsV1\":{}}]},\"n\":[1,-2.5,12345678901,true,"
                    + "null],\"fieldsV1\":{\"a\":{}},\"spec\":{\"a\":{\"fieldsV1\":{}}}}";

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void theSetsOfManagersStayText() {
        var tree = StoredJson.read(bytes(OBJECT));
        assertThat(tree.at("/metadata/managedFields/0/fieldsV1")).isInstanceOf(POJONode.class);
        assertThat(tree.at("/metadata/managedFields/0/fieldsV1").toString()).isEqualTo("{\"f:data\":{\"f:k\":{}}}");
        assertThat(tree.at("/metadata/managedFields/1/fieldsV1").toString()).isEqualTo("{}");
        assertThat(tree.at("/metadata/managedFields/0/subresource").stringValue())
                .isEqualTo("x");
        assertThat(tree.at("/fieldsV1/a").isObject()).isTrue();
        assertThat(tree.at("/spec/a/fieldsV1").isObject()).isTrue();
    }

    @Test
    void allElseIsAsEverybodyReadsIt() {
        assertThat(RawJson.expanded(StoredJson.read(bytes(OBJECT))))
                .isEqualTo(JsonMapper.shared().readTree(OBJECT));
        assertThat(StoredJson.read(bytes(OBJECT)).toString()).isEqualTo(OBJECT);
        assertThat(new String(
                        new ObjectEncoder().encodeUntyped(StoredJson.read(bytes(OBJECT))), StandardCharsets.UTF_8))
                .isEqualTo(OBJECT);
    }

    @Test
    void whatIsNoJsonIsRefused() {
        assertThatThrownBy(() -> StoredJson.read(bytes("{\"a\":"))).isInstanceOf(JacksonException.class);
        assertThat(StoredJson.read(new byte[0]).isMissingNode()).isTrue();
    }
}

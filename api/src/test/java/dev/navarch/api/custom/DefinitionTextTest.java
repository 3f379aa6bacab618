package dev.navarch.api.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class DefinitionTextTest {
    private static DefinitionText of(String json) {
        var bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return DefinitionText.of(() -> bytes);
    }

    @Test
    void schemasAreReadOneByOneAndTheRestAtOnce() {
        var text = of("{'metadata':{'name':'ü','managedFields':[{'fieldsV1':{'f:openAPIV3Schema':{}}}],"
                + "'annotations':{'a':'openAPIV3Schema','b':'\\'openAPIV3Schema\\':{'}},'spec':{'versions':["
                + "{'name':'v1','schema':{'openAPIV3Schema':{'type':'object','description':'}\\\\\\'{','properties':"
                + "{'openAPIV3Schema':{'type':'string'}}}}},{'name':'v2'},{'name':'v3','schema':{'openAPIV3Schema':"
                + "{'type':'array'}}},{'name':'v4','schema':{'openAPIV3Schema':null}}]}}");
        assertThat(text.outline().at("/metadata/name").stringValue()).isEqualTo("ü");
        assertThat(text.outline().at("/metadata").has("managedFields")).isFalse();
        assertThat(text.outline().at("/metadata/annotations/b").stringValue()).isEqualTo("\"openAPIV3Schema\":{");
        assertThat(text.outline().at("/spec/versions/0/schema").isEmpty()).isTrue();
        assertThat(text.schema(0).at("/properties/openAPIV3Schema/type").stringValue())
                .isEqualTo("string");
        assertThat(text.schema(0).get("description").stringValue()).isEqualTo("}\\\"{");
        assertThat(text.schema(1).isMissingNode()).isTrue();
        assertThat(text.schema(2).get("type").stringValue()).isEqualTo("array");
        assertThat(text.schema(3).isMissingNode()).isTrue();
        assertThat(text.schema(9).isMissingNode()).isTrue();
    }

    @Test
    void whatIsNoJsonIsRefused() {
        for (var broken : new String[] {"{", "{'a", "{'openAPIV3Schema':{", "{'a':'\\"}) {
            assertThatThrownBy(() -> of(broken).outline()).as(broken).isInstanceOf(JacksonException.class);
        }
    }
}

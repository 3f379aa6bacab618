package dev.navarch.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class MergePatchTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static ObjectNode json(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    private static Patch patch(String text) {
        return Patch.merge(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    /** The examples of RFC 7386, appendix A, that patch an object with an object. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{'a':'b'}; {'a':'c'}; {'a':'c'}",
                "{'a':'b'}; {'b':'c'}; {'a':'b','b':'c'}",
                "{'a':'b'}; {'a':null}; {}",
                "{'a':'b','b':'c'}; {'a':null}; {'b':'c'}",
                "{'a':['b']}; {'a':'c'}; {'a':'c'}",
                "{'a':'c'}; {'a':['b']}; {'a':['b']}",
                "{'a':{'b':'c'}}; {'a':{'b':'d','c':null}}; {'a':{'b':'d'}}",
                "{'a':[{'b':'c'}]}; {'a':[1]}; {'a':[1]}",
                "{'e':null}; {'a':1}; {'e':null,'a':1}",
                "{}; {'a':{'bb':{'ccc':null}}}; {'a':{'bb':{}}}",
                "{'a':1}; {'a':{'b':1}}; {'a':{'b':1}}",
            })
    void mergesAsTheStandardSays(String before, String patch, String after) {
        assertThat(patch(patch).apply(json(before))).isEqualTo(json(after));
    }

    @Test
    void deepPatchesApply() {
        String deep = "{'a':".repeat(900) + "1" + "}".repeat(900);
        assertThat(TreeBounds.of(patch(deep).apply(json("{}"))).depth()).isEqualTo(900);
    }

    @Test
    void onlyObjectsArePatches() {
        assertThatThrownBy(() -> patch("[1]")).hasMessage("Invalid JSON Patch");
        assertThatThrownBy(() -> patch("{'a'")).isInstanceOf(PatchException.class);
        assertThatThrownBy(() -> patch("{'a':".repeat(100_000))).isInstanceOf(PatchException.class);
    }

    @Test
    void patchesAreReusable() {
        Patch patch = patch("{'a':{'b':[1]}}");
        ObjectNode first = patch.apply(json("{}"));
        first.withArray("/a/b").add(2);
        assertThat(patch.apply(json("{}"))).isEqualTo(json("{'a':{'b':[1]}}"));
    }
}

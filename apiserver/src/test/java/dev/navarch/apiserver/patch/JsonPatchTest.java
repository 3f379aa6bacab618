package dev.navarch.apiserver.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class JsonPatchTest {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private static ObjectNode json(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    private static Patch patch(String text) {
        return Patch.json(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{'a':1}; [{'op':'add','path':'/b','value':2}]; {'a':1,'b':2}",
                "{'a':1}; [{'op':'add','path':'/a','value':2}]; {'a':2}",
                "{'a':[1,3]}; [{'op':'add','path':'/a/1','value':2}]; {'a':[1,2,3]}",
                "{'a':[1]}; [{'op':'add','path':'/a/-','value':2}]; {'a':[1,2]}",
                "{'a':[1,2]}; [{'op':'add','path':'/a/2','value':3}]; {'a':[1,2,3]}",
                "{'a':1}; [{'op':'remove','path':'/a'}]; {}",
                "{'a':[1,2]}; [{'op':'remove','path':'/a/0'}]; {'a':[2]}",
                "{'a':[1,2]}; [{'op':'remove','path':'/a/-1'}]; {'a':[1]}",
                "{'a':1}; [{'op':'replace','path':'/a','value':{'b':1}}]; {'a':{'b':1}}",
                "{'a':{'b':1},'c':{}}; [{'op':'move','from':'/a/b','path':'/c/d'}]; {'a':{},'c':{'d':1}}",
                "{'a':{'b':1}}; [{'op':'copy','from':'/a','path':'/c'}]; {'a':{'b':1},'c':{'b':1}}",
                "{'a':1}; [{'op':'test','path':'/a','value':1}]; {'a':1}",
                "{'a':1}; [{'op':'test','path':'/a','value':1.0}]; {'a':1}",
                "{'a':1}; [{'op':'test','path':'/b','value':null}]; {'a':1}",
                "{'a/b':1,'c~d':2}; [{'op':'remove','path':'/a~1b'},{'op':'replace','path':'/c~0d','value':3}]; {'c~d':3}",
                "{'a':1}; [{'op':'add','path':'/b','value':null}]; {'a':1,'b':null}",
                "{'a':1}; [{'op':'replace','path':'','value':{'b':1}}]; {'b':1}",
                "{'a':1}; []; {'a':1}",
            })
    void operationsApply(String before, String patch, String after) {
        assertThat(patch(patch).apply(json(before))).isEqualTo(json(after));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "[{'op':'test','path':'/a','value':2}]; testing value /a failed: test failed",
                "[{'op':'remove','path':'/b'}]; error in remove for path: '/b': Unable to remove nonexistent key: b: missing value",
                "[{'op':'remove','path':'/b/c'}]; remove operation does not apply: doc is missing path: \"/b/c\": missing value",
                "[{'op':'replace','path':'/b','value':1}]; replace operation does not apply: doc is missing key: /b: missing value",
                "[{'op':'add','path':'/b/c','value':1}]; add operation does not apply: doc is missing path: \"/b/c\": missing value",
                "[{'op':'add','path':'a','value':1}]; add operation does not apply: doc is missing path: \"a\": missing value",
                "[{'op':'copy','from':'/x','path':'/y'}]; copy operation does not apply: doc is missing path: \"/x\": missing value",
                "[{'op':'frobnicate','path':'/y'}]; Unexpected kind: frobnicate",
                "[{'op':'add','path':'/y'}]; add operation does not apply: missing value",
                "[{'op':'add','path':'/l/5','value':1}]; add operation does not apply: error in add for path: '/l/5': Unable to access invalid index: 5: invalid index referenced",
                "[{'op':'replace','path':'','value':1}]; the patched document is not an object",
            })
    void whatDoesNotFitIsUnprocessable(String patch, String message) {
        assertThatThrownBy(() -> patch(patch).apply(json("{'a':1,'l':[]}")))
                .hasMessage(message)
                .asInstanceOf(InstanceOfAssertFactories.type(PatchException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(422);
                    assertThat(e.failure().code()).isEqualTo(422);
                    assertThat(e.failure().reason()).isEqualTo("Invalid");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {"{}", "1", "[1]", "[", "~~", "null", "[{}] x"})
    void malformedPatchesAreBadRequests(String patch) {
        assertThatThrownBy(() -> patch(patch))
                .asInstanceOf(InstanceOfAssertFactories.type(PatchException.class))
                .extracting(PatchException::code)
                .isEqualTo(400);
    }

    @Test
    void patchesAreReusable() {
        Patch patch = patch("[{'op':'add','path':'/a','value':{}},{'op':'add','path':'/a/b','value':1}]");
        ObjectNode first = patch.apply(json("{}"));
        ((ObjectNode) first.get("a")).put("c", 2);
        assertThat(patch.apply(json("{}"))).isEqualTo(json("{'a':{'b':1}}"));
    }

    @Test
    void tenThousandOperationsAreTheLimit() {
        String one = "{'op':'test','path':'/a','value':1}";
        assertThatThrownBy(() -> patch("[" + (one + ",").repeat(10_000) + one + "]"))
                .hasMessage("The allowed maximum operations in a JSON patch is 10000, got 10001");
        assertThat(patch("[" + (one + ",").repeat(9_999) + one + "]").apply(json("{'a':1}")))
                .isNotEmpty();
    }

    @Test
    void copiesMayNotBlowUpTheDocument() {
        String doubling = "{'op':'copy','from':'/a','path':'/a/-'},";
        ObjectNode document = json("{'a':['" + "x".repeat(10_000) + "']}");
        assertThatThrownBy(() -> patch("[" + doubling.repeat(40) + "{'op':'test','path':'/b'}]")
                        .apply(document))
                .hasMessageStartingWith("Unable to complete the copy, the accumulated size increase of copy is")
                .hasMessageEndingWith("exceeding the limit 3145728");
    }

    @Test
    void documentsMayNotNestDeeply() {
        StringBuilder operations = new StringBuilder("[{'op':'add','path':'/a','value':{}}");
        String path = "/a";
        for (int i = 0; i < 1_100; i++) {
            path += "/a";
            operations.append(",{'op':'add','path':'").append(path).append("','value':{}}");
        }
        assertThatThrownBy(() -> patch(operations + "]").apply(json("{}")))
                .hasMessageContaining("nest deeper than 1000 levels");
    }

    @Test
    void deepTextsAreRefused() {
        assertThatThrownBy(() -> patch("[".repeat(100_000))).isInstanceOf(PatchException.class);
    }
}

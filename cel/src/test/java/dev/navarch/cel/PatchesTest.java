package dev.navarch.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class PatchesTest {
    private static final CelEnvironment ENVIRONMENT = new CelEnvironment(Map.of("object", ValueType.DYN));
    private static final Map<String, Object> VALUES = Map.of(
            "object",
            Values.of(
                    JsonMapper.shared()
                            .readTree(
                                    "{\"metadata\":{\"name\":\"n\",\"labels\":{\"a\":\"1\"}},\"spec\":{\"list\":[{\"x\":1}]}}")));

    private static Object evaluate(Expression expression) throws CelFailure {
        return expression.evaluate(VALUES, new Budget(1_000_000));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        Object{} | {}
        Object{spec: Object.spec{replicas: 3}} | {"spec":{"replicas":3}}
        Object{spec: Object.spec{flag: true, text: 'a', number: 1.5, list: [1, 2], map: {"k": "v"}}} | {"spec":{"flag":true,"text":"a","number":1.5,"list":[1,2],"map":{"k":"v"}}}
        Object{spec: Object.spec{items: [Object.spec.items{name: object.metadata.name}]}} | {"spec":{"items":[{"name":"n"}]}}
        Object{metadata: Object.metadata{labels: object.metadata.labels}} | {"metadata":{"labels":{"a":"1"}}}
        Object{spec: Object.spec{?there: object.metadata.?name, ?missing: object.?nothing}} | {"spec":{"there":"n"}}
        object.metadata.name == 'x' ? Object{} : Object{spec: Object.spec{}} | {"spec":{}}
        """)
    void partsOfObjectsAreBuilt(String text, String json) throws CelFailure {
        assertThat(Patches.applyConfiguration(evaluate(ENVIRONMENT.applyConfiguration(text))))
                .isEqualTo(JsonMapper.shared().readTree(json));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        [JSONPatch{op: 'replace', path: '/spec/replicas', value: 3}] | [{"op":"replace","path":"/spec/replicas","value":3}]
        [JSONPatch{op: 'move', from: '/a', path: '/b'}] | [{"op":"move","path":"/b","from":"/a"}]
        [JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('k8s.io/my~label'), value: 'x'}] | [{"op":"add","path":"/metadata/labels/k8s.io~1my~0label","value":"x"}]
        [JSONPatch{op: 'add', path: '/x', value: {'a': ['b']}}] | [{"op":"add","path":"/x","value":{"a":["b"]}}]
        [JSONPatch{op: 'add', path: '/x', value: Object.spec.list{y: object.spec.list[0].x}}] | [{"op":"add","path":"/x","value":{"y":1}}]
        object.spec.list.map(e, JSONPatch{op: 'add', path: '/x', value: e}) | [{"op":"add","path":"/x","value":{"x":1}}]
        has(object.none) ? [JSONPatch{op: 'remove', path: '/none'}] : [] | []
        """)
    void jsonPatchesAreBuilt(String text, String json) throws CelFailure {
        assertThat(Patches.jsonPatch(evaluate(ENVIRONMENT.jsonPatch(text))))
                .isEqualTo(JsonMapper.shared().readTree(json));
    }

    @Test
    void partsMustStandWhereTheirNamesSay() throws CelFailure {
        var wrong =
                evaluate(ENVIRONMENT.applyConfiguration("Object{spec: Object.spec{selector: Object.spec.wrong{}}}"));
        assertThatThrownBy(() -> Patches.applyConfiguration(wrong))
                .hasMessage("type mismatch: unexpected type name \"Object.spec.wrong\", expected "
                        + "\"Object.spec.selector\", which matches field name path from root Object type");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        object.spec | must evaluate to Object but got dyn
        Object.spec{} | must evaluate to Object but got Object.spec
        [JSONPatch{op: 'remove', path: '/a'}] | must evaluate to Object but got list(JSONPatch)
        Object{spec: Other{}} | undeclared reference to 'Other'
        Object{ | Syntax error
        """)
    void whatIsNoPatchIsRefused(String text, String complaint) {
        assertThatThrownBy(() -> ENVIRONMENT.applyConfiguration(text))
                .isInstanceOf(CelFailure.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void jsonPatchesHaveTypedFields() {
        assertThatThrownBy(() -> ENVIRONMENT.jsonPatch("[JSONPatch{op: 1, path: '/a'}]"))
                .hasMessageContaining("expected type of field 'op' is 'string' but provided type is 'int'");
        assertThatThrownBy(() -> ENVIRONMENT.jsonPatch("JSONPatch{op: 'remove'}"))
                .hasMessage("must evaluate to list(JSONPatch) but got JSONPatch");
    }
}

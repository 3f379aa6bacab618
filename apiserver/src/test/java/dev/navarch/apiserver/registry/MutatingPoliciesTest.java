package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.PolicyFixture.MAPS;
import static dev.navarch.apiserver.registry.PolicyFixture.ON_MAPS;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MutatingPoliciesTest {
    private final TestApi api = new TestApi();
    private final PolicyFixture policies = new PolicyFixture(api);

    @AfterEach
    void close() {
        api.close();
    }

    private static String apply(String expression) {
        return "mutations:\n- patchType: ApplyConfiguration\n  applyConfiguration:\n    expression: >-\n      "
                + expression;
    }

    private static String patch(String expression) {
        return "mutations:\n- patchType: JSONPatch\n  jsonPatch:\n    expression: >-\n      " + expression;
    }

    @Test
    void partsOfObjectsAreMergedIntoThem() {
        policies.mutating(
                "labels",
                apply(
                        "Object{metadata: Object.metadata{labels: {'by': request.userInfo.username}}, data: {'y': '2'}}"));
        var made = policies.map("a", "{x: '1'}").expect(201);
        assertThat(made.text("metadata", "labels")).isEqualTo("{\"by\":\"tester\"}");
        assertThat(made.text("data")).isEqualTo("{\"x\":\"1\",\"y\":\"2\"}");
    }

    @Test
    void jsonPatchesAreApplied() {
        policies.mutating("patch", patch("""
                [JSONPatch{op: 'test', path: '/data/x', value: '1'},
                      JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a~b'), value: 'c'},
                      JSONPatch{op: 'remove', path: '/data/x'}]"""));
        var made = policies.map("a", "{x: '1'}").expect(422);
        assertThat(made.message()).contains("Invalid value: \"a~b\"");
        api.delete("/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/patch", "")
                .expect(200);
        policies.mutating("second", patch("""
                [JSONPatch{op: 'test', path: '/data/x', value: '1'},
                      JSONPatch{op: 'move', from: '/data/x', path: '/data/y'}]"""));
        assertThat(policies.map("a", "{x: '1'}").expect(201).text("data")).isEqualTo("{\"y\":\"1\"}");
        assertThat(policies.map("b", "{x: '2'}").expect(201).text("data")).isEqualTo("{\"x\":\"2\"}");
    }

    @Test
    void listsMergeByTheirKeys() {
        policies.policy("Mutating", "sidecar", """
                matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
                reinvocationPolicy: IfNeeded
                matchConditions: [{name: absent, expression: "!object.spec.?initContainers.orValue([]).exists(c, c.name == 'mesh')"}]
                """ + apply("""
                Object{spec: Object.spec{initContainers: [Object.spec.initContainers{
                        name: "mesh", image: "mesh:v1", restartPolicy: "Always"}]}}"""));
        policies.bind("Mutating", "sidecar", "sidecar", "");
        var made = policies.yaml("/api/v1/namespaces/default/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec:
                  serviceAccountName: default
                  automountServiceAccountToken: false
                  initContainers: [{name: first, image: i}]
                  containers: [{name: main, image: i}]
                """);
        assertThat(made.message()).contains("serviceaccount \"default\" not found");
        policies.yaml(
                        "/api/v1/namespaces/default/serviceaccounts",
                        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}")
                .expect(201);
        made = policies.yaml("/api/v1/namespaces/default/pods", """
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec:
                  automountServiceAccountToken: false
                  initContainers: [{name: first, image: i}]
                  containers: [{name: main, image: i}]
                """).expect(201);
        var init = made.json().get("spec").get("initContainers");
        assertThat(init).hasSize(2);
        assertThat(init.get(1).get("name").stringValue()).isEqualTo("mesh");
        assertThat(init.get(1).get("terminationMessagePath").stringValue()).isEqualTo("/dev/termination-log");
        assertThat(init.get(1).get("imagePullPolicy").stringValue()).isEqualTo("IfNotPresent");
    }

    @Test
    void policiesComeOneAfterTheOtherAndAgainIfTheyWantTo() {
        policies.mutating(
                "a",
                "reinvocationPolicy: IfNeeded\n"
                        + patch(
                                "has(object.data.seen) ? [JSONPatch{op: 'add', path: '/data/again', value: object.data.seen}] :"
                                        + " [JSONPatch{op: 'add', path: '/data/first', value: 'a'}]"));
        policies.mutating("b", apply("Object{data: {'seen': string(has(object.data.first))}}"));
        assertThat(policies.map("x", "{}").expect(201).text("data"))
                .isEqualTo("{\"again\":\"true\",\"first\":\"a\",\"seen\":\"true\"}");
    }

    @Test
    void deletionsAreNotChanged() {
        policies.mutating("labels", apply("Object{metadata: Object.metadata{labels: {'a': object.metadata.name}}}"));
        policies.map("a", "{}").expect(201);
        api.delete(MAPS + "/a", "").expect(200);
    }

    @Test
    void aProblemIsToldInUpstreamsWords() {
        policies.mutating("bad", apply("Object{data: {'y': object.data.nothing}}"));
        var refused = policies.map("a", "{}").expect(403);
        var why = "policy 'bad' with binding 'bad-binding' denied request: expression 'Object{data: {'y':"
                + " object.data.nothing}}' resulted in error: no such key: nothing";
        assertThat(refused.message()).isEqualTo(why);
        assertThat(refused.reason()).isEqualTo("Invalid");
        assertThat(refused.text("details", "causes")).isEqualTo("[{\"message\":\"" + why + "\"}]");
    }

    @Test
    void whatIsAtomicCannotBeApplied() {
        policies.policy(
                "Mutating",
                "selector",
                """
                matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]}
                reinvocationPolicy: Never
                """ + apply("Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'b'}}}}"));
        policies.bind("Mutating", "selector", "selector", "");
        var refused = policies.yaml("/apis/apps/v1/namespaces/default/deployments", """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: d}
                spec:
                  selector: {matchLabels: {a: b}}
                  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}
                """)
                .expect(403);
        assertThat(refused.message())
                .endsWith(
                        "denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays,"
                                + " maps or structs: .spec.selector");
    }

    @Test
    void failuresOfOnesThatIgnoreThemChangeNothing() {
        policies.mutating("bad", "failurePolicy: Ignore\n" + apply("Object{data: {'y': object.data.nothing}}"));
        policies.mutating("good", apply("Object{data: {'z': '1'}}"));
        assertThat(policies.map("a", "{}").expect(201).text("data")).isEqualTo("{\"z\":\"1\"}");
    }

    @Test
    void parametersAndVariablesAreThereToo() {
        policies.map("values", "{label: blue}").expect(201);
        policies.policy(
                "Mutating",
                "params",
                """
                paramKind: {apiVersion: v1, kind: ConfigMap}
                matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]}
                reinvocationPolicy: Never
                variables: [{name: color, expression: "params.data.label + '-' + namespaceObject.metadata.name"}]
                """ + apply("Object{metadata: Object.metadata{labels: {'color': variables.color}}}"));
        policies.bind("Mutating", "params", "params", "paramRef: {name: values, parameterNotFoundAction: Deny}");
        var made = policies.yaml(
                        "/api/v1/namespaces/default/secrets", "{apiVersion: v1, kind: Secret, metadata: {name: s}}")
                .expect(201);
        assertThat(made.text("metadata", "labels", "color")).isEqualTo("blue-default");
    }

    @Test
    void customResourcesAreMergedByTheirSchemas() {
        var definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        var events = api.watch(definitions + "?watch=true&fieldSelector=metadata.name=widgets.example.com");
        policies.yaml(definitions, """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: widgets.example.com}
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                          spec:
                            type: object
                            properties:
                              size: {type: integer, default: 1}
                              parts:
                                type: array
                                x-kubernetes-list-type: map
                                x-kubernetes-list-map-keys: [name]
                                items:
                                  type: object
                                  required: [name]
                                  properties: {name: {type: string}, color: {type: string}}
                """).expect(201);
        try (events) {
            while (!String.valueOf(events.next()).contains("the initial names have been accepted")) {
                // until it is served
            }
        }
        policies.policy("Mutating", "colors", """
                matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [widgets]}]}
                reinvocationPolicy: Never
                """ + apply("""
                Object{spec: Object.spec{size: object.spec.size + 1, parts: [
                        Object.spec.parts{name: "a", color: "red"}, Object.spec.parts{name: "c", color: "blue"}]}}"""));
        policies.bind("Mutating", "colors", "colors", "");
        var made = policies.yaml("/apis/example.com/v1/namespaces/default/widgets", """
                apiVersion: example.com/v1
                kind: Widget
                metadata: {name: w}
                spec: {parts: [{name: b}, {name: a, color: green}]}
                """)
                .expect(201);
        assertThat(made.json().get("spec").get("size").intValue()).isEqualTo(2);
        assertThat(made.json().get("spec").get("parts"))
                .extracting(part -> part.path("name").asString("") + "="
                        + part.path("color").asString(""))
                .containsExactly("b=", "a=red", "c=blue");
    }

    @Test
    void policiesComeBeforeWebhooksAndValidationsAfter() {
        policies.mutating("adds", apply("Object{data: {'added': 'yes'}}"));
        policies.validating("sees", "validations: [{expression: \"object.data.added == 'no'\", message: seen}]");
        assertThat(policies.map("a", "{}").expect(422).message()).endsWith("denied request: seen");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        ApplyConfiguration | applyConfiguration | object.spec | must evaluate to Object but got dyn
        ApplyConfiguration | applyConfiguration | Object{spec: | Syntax error
        JSONPatch | jsonPatch | JSONPatch{op: 'remove', path: '/a'} | must evaluate to list(JSONPatch) but got JSONPatch
        """)
    void expressionsThatGiveNoPatchAreRefused(String type, String field, String expression, String complaint) {
        var refused = policies.tryPolicy(
                        "Mutating",
                        "bad",
                        "matchConstraints: " + ON_MAPS + "\nreinvocationPolicy: Never\nmutations:\n- patchType: " + type
                                + "\n  " + field + ":\n    expression: >-\n      " + expression)
                .expect(422);
        assertThat(refused.text("details", "causes")).contains("spec.mutations[0]." + field + ".expression");
        assertThat(refused.message()).contains(complaint);
    }
}

package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectDecoderTest {

    private final Catalogue catalogue = Catalogue.builtIn();
    private final ResourceType pods = catalogue.find("", "v1", "pods").orElseThrow();
    private final ResourceType deployments =
            catalogue.find("apps", "v1", "deployments").orElseThrow();
    private final ObjectDecoder decoder = new ObjectDecoder();

    private Decoded json(String body, ResourceType type) {
        return decoder.decode(body.getBytes(StandardCharsets.UTF_8), BodyFormat.JSON, type);
    }

    private Decoded yaml(String body, ResourceType type) {
        return decoder.decode(body.getBytes(StandardCharsets.UTF_8), BodyFormat.YAML, type);
    }

    private String refusal(String body, ResourceType type) {
        return catchThrowableOfType(BadBodyException.class, () -> json(body, type))
                .getMessage();
    }

    @Test
    void unknownFieldsAreReportedAndLeftOut() {
        var decoded = json("""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"x":"y"}},"nope":{"a":[1,{"b":2}]},
                 "spec":{"foo":1,"containers":[{"name":"c","foo":{}}]}}""", pods);
        assertThat(decoded.strictErrors())
                .containsExactly(
                        "unknown field \"nope\"",
                        "unknown field \"spec.foo\"",
                        "unknown field \"spec.containers[0].foo\"");
        assertThat(decoded.tree())
                .hasToString(
                        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":\"y\"}},"
                                + "\"spec\":{\"containers\":[{\"name\":\"c\"}]}}");
    }

    @Test
    void namesAreCaseSensitive() {
        assertThat(json("{\"Metadata\":{},\"metadata\":{\"Name\":\"a\"}}", pods).strictErrors())
                .containsExactly("unknown field \"Metadata\"", "unknown field \"metadata.Name\"");
    }

    @Test
    void duplicateFieldsAreReported() {
        var decoded = json(
                "{\"metadata\":{\"name\":\"a\",\"name\":\"b\",\"labels\":{\"x\":\"1\",\"x\":\"2\"}},\"spec\":{},\"spec\":null}",
                pods);
        assertThat(decoded.strictErrors())
                .containsExactly(
                        "duplicate field \"metadata.name\"",
                        "duplicate field \"metadata.labels.x\"",
                        "duplicate field \"spec\"");
        assertThat(decoded.tree().at("/metadata/name").stringValue()).isEqualTo("b");
    }

    @Test
    void apiVersionAndKindAreFilledIn() {
        var tree = json("{\"metadata\":{\"name\":\"a\"}}", deployments).tree();
        assertThat(tree.get("apiVersion").stringValue()).isEqualTo("apps/v1");
        assertThat(tree.get("kind").stringValue()).isEqualTo("Deployment");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"spec":{"replicas":"3"}}                | cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32
            {"spec":{"replicas":1.5}}                | cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32
            {"spec":{"replicas":3000000000}}         | cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32
            {"spec":{"replicas":99999999999999999999}} | cannot unmarshal number 99999999999999999999 into Go struct field DeploymentSpec.spec.replicas of type int32
            {"spec":{"paused":"true"}}               | cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool
            {"spec":[]}                              | cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec
            {"metadata":{"labels":{"a":1}}}          | cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string
            {"spec":{"template":{"spec":{"containers":{}}}}} | cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container
            {"spec":{"template":{"spec":{"containers":[{"ports":[{"containerPort":"80"}]}]}}}} | cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32
            {"spec":{"template":{"spec":{"restartPolicy":1}}}} | cannot unmarshal number into Go struct field PodSpec.spec.template.spec.restartPolicy of type v1.RestartPolicy
            {"spec":{"strategy":{"rollingUpdate":{"maxSurge":true}}}} | cannot unmarshal bool into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32
            {"metadata":{"creationTimestamp":5}}     | cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string
            """)
    void wrongTypesAreWordedAsUpstream(String body, String problem) {
        assertThat(refusal(body, deployments))
                .isEqualTo("Deployment in version \"v1\" cannot be handled as a Deployment: json: " + problem);
    }

    @Test
    void theFirstWrongTypeIsTheOneReported() {
        assertThat(refusal("{\"spec\":{\"paused\":1,\"replicas\":\"x\"}}", deployments))
                .contains("spec.paused");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"metadata":                    | unexpected end of JSON input
            {"metadata":}                   | invalid character '}' looking for beginning of value
            {metadata:1}                    | invalid character 'm' looking for beginning of object key string
            {"a" 1}                         | invalid character '1' after object key
            {"a":1 "b":2}                   | invalid character '"' after object key:value pair
            {"a":[1 2]}                     | invalid character '2' after array element
            {"a":1}x                        | invalid character 'x' after top-level value
            {"a":1}{                        | invalid character '{' after top-level value
            {"a":"\\x"}                     | invalid character 'x' in string escape code
            {"a":tru}                       | invalid character '}' in literal true (expecting 'e')
            {"a":01}                        | invalid character '1' after object key:value pair
            {"a":NaN}                       | invalid character 'N' looking for beginning of value
            {"a":1,}                        | invalid character '}' looking for beginning of object key string
            {"a":[1,]}                      | invalid character ']' looking for beginning of value
            {"a":-}                         | invalid character '}' in numeric literal
            {"spec":5,"a":-}                | invalid character '}' in numeric literal
            """)
    void badSyntaxIsWordedAsUpstream(String body, String problem) {
        var shown = body.length() > 30 ? body.substring(0, 30) + " ..." : body;
        assertThat(refusal(body, pods))
                .isEqualTo("the object provided is unrecognized (must be of type Pod): couldn't get version/kind; "
                        + "json parse error: " + problem + " (" + shown + ")");
    }

    @Test
    void whatIsNoObjectIsRefused() {
        assertThat(refusal("", pods))
                .isEqualTo("the object provided is unrecognized (must be of type Pod): couldn't get version/kind; "
                        + "json parse error: unexpected end of JSON input (<empty>)");
        assertThat(refusal("[]", pods))
                .isEqualTo("the object provided is unrecognized (must be of type Pod): couldn't get version/kind; "
                        + "json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion "
                        + "string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }"
                        + " (5b5d)");
        assertThat(refusal("{\"kind\":7}", pods)).contains("into Go struct field .kind of type string");
    }

    @Test
    void otherKindsAndVersionsAreRefused() {
        assertThat(refusal("{\"apiVersion\":\"v1\",\"kind\":\"Service\"}", pods))
                .isEqualTo("Service in version \"v1\" cannot be handled as a Pod: "
                        + "converting (v1.Service) to (core.Pod): unknown conversion");
        assertThat(refusal("{\"apiVersion\":\"apps/v1beta1\",\"kind\":\"Deployment\"}", deployments))
                .isEqualTo(
                        "the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)");
    }

    @Test
    void valuesTakeTheirCanonicalForm() {
        var tree = json("""
                {"metadata":{"creationTimestamp":"2024-02-29T12:00:00.75+02:00"},
                 "spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":0.5,"memory":"1024Ki"}},
                   "args":[null,"x"]}],"nodeSelector":{"a":null},"volumes":null,"priority":null}}""", pods).tree();
        assertThat(tree.at("/metadata/creationTimestamp").stringValue()).isEqualTo("2024-02-29T10:00:00Z");
        assertThat(tree.at("/spec/containers/0/resources/requests"))
                .hasToString("{\"cpu\":\"500m\",\"memory\":\"1Mi\"}");
        assertThat(tree.at("/spec/containers/0/args")).hasToString("[\"\",\"x\"]");
        assertThat(tree.at("/spec/nodeSelector")).hasToString("{\"a\":\"\"}");
        assertThat(tree.at("/spec").has("volumes")).isFalse();
        assertThat(tree.at("/spec").has("priority")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            2024-13-01T00:00:00Z  | parsing time "2024-13-01T00:00:00Z": month out of range
            2023-02-29T00:00:00Z  | parsing time "2023-02-29T00:00:00Z": day out of range
            tomorrow              | parsing time "tomorrow" as "2006-01-02T15:04:05Z07:00": cannot parse "tomorrow" as "2006"
            2024-01-01            | parsing time "2024-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"
            2024-01-01T00:00:00   | parsing time "2024-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"
            2024-01-01T00:00:00Zx | parsing time "2024-01-01T00:00:00Zx": extra text: "x"
            """)
    void badTimesAreWordedAsGo(String time, String problem) {
        assertThat(refusal("{\"metadata\":{\"creationTimestamp\":\"" + time + "\"}}", pods))
                .endsWith("cannot be handled as a Pod: " + problem);
    }

    @Test
    void badQuantitiesAreRefused() {
        assertThat(refusal("{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":\"lots\"}}}]}}", pods))
                .isEqualTo("Pod in version \"v1\" cannot be handled as a Pod: quantities must match the regular "
                        + "expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    }

    @Test
    void badBase64IsRefused() {
        var secrets = catalogue.find("", "v1", "secrets").orElseThrow();
        assertThat(refusal("{\"data\":{\"a\":\"aGk=!\"}}", secrets)).endsWith("illegal base64 data at input byte 4");
        assertThat(json("{\"data\":{\"a\":\"aGk=\",\"b\":\"\"}}", secrets)
                        .tree()
                        .at("/data/a")
                        .stringValue())
                .isEqualTo("aGk=");
    }

    @Test
    void bytesThatAreNoUtf8BecomeReplacementCharacters() {
        byte[] body = "{\"metadata\":{\"name\":\"a?b\"}}".getBytes(StandardCharsets.ISO_8859_1);
        body[new String(body, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
        assertThat(decoder.decode(body, BodyFormat.JSON, pods)
                        .tree()
                        .at("/metadata/name")
                        .stringValue())
                .isEqualTo("a\uFFFDb");
    }

    @Test
    void otherEncodingsThanUtf8AreRefused() {
        for (var charset : java.util.List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
            assertThatThrownBy(() -> decoder.decode("{\"kind\":\"Pod\"}".getBytes(charset), BodyFormat.JSON, pods))
                    .isInstanceOf(BadBodyException.class)
                    .hasMessageContaining("invalid character '\\x00' looking for beginning of");
        }
        assertThat(refusal("\uFEFF{}", pods)).contains("invalid character 'ï' looking for beginning of value");
    }

    @Test
    void yamlMeansTheSameAsJson() {
        var decoded = yaml("""
                apiVersion: v1
                kind: Pod
                metadata:
                  name: "yes"
                  labels: &l {app: "1", on: "x"}
                  annotations: *l
                spec:
                  hostNetwork: yes
                  terminationGracePeriodSeconds: 0x10
                  priority: 010
                  containers:
                  - name: c
                    image: >-
                      a
                      b
                    foo: 1
                    resources: {limits: {cpu: 1.5, memory: 1Gi}}
                ---
                kind: Ignored
                """.replace("on: \"x\"", "\"on\": \"x\""), pods);
        assertThat(decoded.strictErrors()).containsExactly("unknown field \"spec.containers[0].foo\"");
        assertThat(decoded.tree())
                .hasToString(
                        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"annotations\":{\"app\":\"1\",\"on\":\"x\"},"
                                + "\"labels\":{\"app\":\"1\",\"on\":\"x\"},\"name\":\"yes\"},\"spec\":{\"containers\":[{\"image\":"
                                + "\"a b\",\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"1500m\",\"memory\":\"1Gi\"}}}],"
                                + "\"hostNetwork\":true,\"priority\":8,\"terminationGracePeriodSeconds\":16}}");
    }

    @Test
    void yamlDuplicatesAreReported() {
        assertThat(yaml("kind: Pod\napiVersion: v1\nmetadata:\n  name: a\n  name: b\n", pods)
                        .strictErrors())
                .containsExactly("yaml: unmarshal errors:\n  line 5: key \"name\" already set in map");
    }

    /** Source of the order: kubernetes test/integration/apiserver/field_validation_test.go. */
    @Test
    void whatIsWrongIsToldInTheOrderInWhichItIsFound() {
        assertThat(json(
                                "{\"spec\":{\"unknown1\":1,\"unknownDupe\":1,\"unknownDupe\":2,\"paused\":true,\"paused\":false,"
                                        + "\"template\":{\"spec\":{\"containers\":[{\"unknownNested\":1,\"name\":\"a\",\"name\":\"b\"}]}}}}",
                                deployments)
                        .strictErrors())
                .containsExactly(
                        "unknown field \"spec.unknown1\"",
                        "unknown field \"spec.unknownDupe\"",
                        "duplicate field \"spec.paused\"",
                        "unknown field \"spec.template.spec.containers[0].unknownNested\"",
                        "duplicate field \"spec.template.spec.containers[0].name\"");
        var decoded = yaml("""
                spec:
                  unknown1: 1
                  unknownDupe: 1
                  unknownDupe: 2
                  template:
                    spec:
                      containers:
                      - unknownNested: 1
                        name: a
                        name: b
                """, deployments);
        assertThat(decoded.strictErrors())
                .containsExactly(
                        "yaml: unmarshal errors:\n  line 4: key \"unknownDupe\" already set in map\n"
                                + "  line 10: key \"name\" already set in map",
                        "unknown field \"spec.template.spec.containers[0].unknownNested\"",
                        "unknown field \"spec.unknown1\"",
                        "unknown field \"spec.unknownDupe\"");
        assertThat(decoded.warnings())
                .startsWith(
                        "line 4: key \"unknownDupe\" already set in map", "line 10: key \"name\" already set in map")
                .hasSize(5);
    }

    @Test
    void badYamlIsRefused() {
        assertThatThrownBy(() -> yaml("a: b: c", pods))
                .isInstanceOf(BadBodyException.class)
                .hasMessageStartingWith("the object provided is unrecognized (must be of type Pod): "
                        + "error converting YAML to JSON: yaml: line 1: mapping values are not allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "{\"spec\":[", "[[{\"x\":"})
    void deepNestingIsRefused(String opening) {
        var body = opening.repeat(100_000);
        assertThat(refusal(body, pods)).contains("exceeded max depth");
        assertThatThrownBy(() -> yaml(body, pods)).isInstanceOf(BadBodyException.class);
    }

    @Test
    void deepNestingInsideSchemalessPartsIsRefused() {
        var revisions = catalogue.find("apps", "v1", "controllerrevisions").orElseThrow();
        assertThat(refusal("{\"data\":" + "{\"a\":".repeat(50_000) + "1" + "}".repeat(50_000) + "}", revisions))
                .contains("exceeded max depth");
    }

    @Test
    void aliasBombsAreRefused() {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a%d: &a%d [".formatted(i, i))
                    .append(("*a" + (i - 1) + ",").repeat(10))
                    .append("]\n");
        }
        assertThatThrownBy(() -> yaml(bomb.toString(), pods))
                .isInstanceOf(BadBodyException.class)
                .hasMessageContaining("document contains excessive aliasing");
        assertThatThrownBy(() -> yaml("a: &a [*a]", pods)).hasMessageContaining("value contains itself");
    }

    @Test
    void hugeNumbersAreRefusedAtTheCostOfTheirLength() {
        assertThat(refusal("{\"spec\":{\"replicas\":1" + "0".repeat(1_000_000) + "}}", deployments))
                .isNotEmpty();
        assertThat(refusal("{\"spec\":{\"replicas\":1e999999999}}", deployments))
                .contains("cannot unmarshal number 1e999999999 into");
        assertThat(refusal(
                        "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":\"1e999999999\"}}}]}}", pods))
                .isNotEmpty();
    }

    @Test
    void reportsAreBounded() {
        var body = new StringBuilder("{\"a0\":1");
        for (int i = 1; i < 10_000; i++) {
            body.append(",\"a").append(i).append("\":1");
        }
        assertThat(json(body.append("}").toString(), pods).strictErrors()).hasSize(100);
    }

    @Test
    void aTreeCanBeMadeToConform() {
        var tree = json("{\"metadata\":{\"name\":\"a\"}}", pods).tree();
        tree.put("foo", 1);
        tree.putNull("spec");
        var decoded = decoder.conform(tree, pods.schema());
        assertThat(decoded.strictErrors()).containsExactly("unknown field \"foo\"");
        assertThat(decoded.tree().has("spec")).isFalse();
    }
}

package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class ObjectEncoderTest {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private final Catalogue catalogue = Catalogue.builtIn();
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final ObjectDecoder decoder = new ObjectDecoder();

    static Stream<ResourceType> everyKind() {
        return Catalogue.builtIn(EnumSet.allOf(Level.class)).types().stream();
    }

    /** Canonical bytes decode to a tree that encodes to the same bytes, and nothing is lost on the way. */
    @ParameterizedTest
    @MethodSource("everyKind")
    void everyKindSurvivesTheRoundTrip(ResourceType type) {
        var full = Generated.object(type.schema());
        full.put("apiVersion", type.groupVersion().apiVersion());
        full.put("kind", type.kind());
        var encoded = encoder.encode(full, type.schema());
        var decoded = decoder.decode(encoded.bytes(), BodyFormat.JSON, type);
        assertThat(decoded.strictErrors()).isEmpty();
        if (full.path("metadata").isObject()) {
            ((ObjectNode) full.get("metadata")).put("resourceVersion", "");
        }
        assertThat(decoded.tree()).isEqualTo(full);
        assertThat(encoder.encode(decoded.tree(), type.schema()).bytes()).isEqualTo(encoded.bytes());
        var yaml = decoder.decode(encoded.bytes(), BodyFormat.YAML, type);
        assertThat(yaml.tree()).isEqualTo(full);
    }

    /** What upstream's structs print when nothing but the kind is set. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            pods          | {"metadata":{"resourceVersion":""},"spec":{"containers":null},"status":{}}
            services      | {"metadata":{"resourceVersion":""},"spec":{},"status":{"loadBalancer":{}}}
            configmaps    | {"metadata":{"resourceVersion":""}}
            events        | {"metadata":{"resourceVersion":""},"involvedObject":{},"source":{},"firstTimestamp":null,"lastTimestamp":null,"eventTime":null,"reportingComponent":"","reportingInstance":""}
            nodes         | {"metadata":{"resourceVersion":""},"spec":{},"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":0}},"nodeInfo":{"machineID":"","systemUUID":"","bootID":"","kernelVersion":"","osImage":"","containerRuntimeVersion":"","kubeletVersion":"","kubeProxyVersion":"","operatingSystem":"","architecture":""}}}
            """)
    void absentFieldsAppearAsInGo(String plural, String expected) {
        var type = catalogue.find("", "v1", plural).orElseThrow();
        assertThat(new String(encoder.encode(NODES.objectNode(), type.schema()).bytes(), StandardCharsets.UTF_8))
                .isEqualTo(expected);
    }

    @Test
    void deploymentsAppearAsInGo() {
        var type = catalogue.find("apps", "v1", "deployments").orElseThrow();
        var tree = new ObjectMapper().readTree("""
                {"status":{"replicas":0},"spec":{"template":{"spec":{"containers":[{"resources":{},"name":"c",
                 "ports":[],"env":[{"name":"A","value":""}],"tty":false,"volumeMounts":null}],
                 "volumes":[{"emptyDir":{},"name":"v"}]},"metadata":{"creationTimestamp":null}},
                 "paused":false,"replicas":0,"selector":null}}""");
        assertThat(new String(encoder.encode((ObjectNode) tree, type.schema()).bytes(), StandardCharsets.UTF_8))
                .isEqualTo("{\"metadata\":{\"resourceVersion\":\"\"},\"spec\":{\"replicas\":0,\"selector\":null,"
                        + "\"template\":{\"metadata\":{},\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}],"
                        + "\"containers\":[{\"name\":\"c\",\"env\":[{\"name\":\"A\"}],\"resources\":{}}]}},"
                        + "\"strategy\":{}},\"status\":{}}");
    }

    @Test
    void theRevisionGoesBetweenTheQuotes() {
        var type = catalogue.find("", "v1", "configmaps").orElseThrow();
        var tree = (ObjectNode)
                new ObjectMapper()
                        .readTree(
                                "{\"kind\":\"ConfigMap\",\"metadata\":{\"resourceVersion\":\"41\",\"uid\":\"u\",\"name\":\"ä\"}}");
        var encoded = encoder.encode(tree, type.schema());
        assertThat(new String(encoded.bytes(), 0, encoded.revisionAt(), StandardCharsets.UTF_8))
                .isEqualTo("{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"ä\",\"uid\":\"u\",\"resourceVersion\":\"");
        assertThat(encoded.bytes()[encoded.revisionAt()]).isEqualTo((byte) '"');
    }

    @Test
    void mapsAreSortedAndTextIsEscapedAsInGo() {
        var type = catalogue.find("", "v1", "configmaps").orElseThrow();
        var tree = NODES.objectNode();
        tree.putObject("data").put("b", "<a&b>\u0001\b\u2029").put("a", "\uD800x\t");
        assertThat(new String(encoder.encode(tree, type.schema()).bytes(), StandardCharsets.UTF_8))
                .endsWith("\"data\":{\"a\":\"\\ufffdx\\t\",\"b\":\"\\u003ca\\u0026b\\u003e\\u0001\\b\\u2029\"}}");
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "1.5,1.5",
        "1e20,100000000000000000000",
        "1e21,1e+21",
        "0.000001,0.000001",
        "1.25e-7,1.25e-7",
        "-0.1,-0.1",
        "1e-10,1e-10",
        "123456789,123456789"
    })
    void numbersAreWrittenAsInGo(double value, String text) {
        assertThat(JsonBytes.floating(value)).isEqualTo(text);
    }

    @Test
    void schemasThatPreserveKeepWhatTheyDoNotKnowSortedByName() {
        var schema = new ObjectSchema("x", "v1.X", true, false, Descriptions.NONE, java.util.List::of);
        var tree = (ObjectNode) new ObjectMapper().readTree("{\"b\":{\"z\":null,\"a\":[1,\"x\"]},\"a\":true}");
        assertThat(new String(encoder.encode(tree, schema).bytes(), StandardCharsets.UTF_8))
                .isEqualTo("{\"a\":true,\"b\":{\"a\":[1,\"x\"],\"z\":null}}");
    }
}

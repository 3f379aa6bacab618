package dev.navarch.api.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Descriptions;
import dev.navarch.api.GroupVersion;
import dev.navarch.api.Level;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ResourceType;
import dev.navarch.api.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class OpenApiTest {

    private final Catalogue catalogue = Catalogue.builtIn();
    private final OpenApi openApi = new OpenApi(catalogue, "v1.36.0");
    private final ObjectMapper mapper = new ObjectMapper();

    private static byte[] joined(List<byte[]> pieces) {
        var all = new ByteArrayOutputStream();
        pieces.forEach(all::writeBytes);
        return all.toByteArray();
    }

    private JsonNode v3(String path) {
        return mapper.readTree(openApi.v3Json(path).orElseThrow());
    }

    @Test
    void everyStableOperationHasUpstreamsId() throws IOException {
        var paths = mapper.readTree(joined(openApi.v2Json())).get("paths");
        var ids = new HashSet<String>();
        paths.forEach(item -> item.forEach(o -> ids.add(o.path("operationId").asString(""))));
        var lines = Files.readAllLines(Path.of("src/main/catalogue/api-endpoints-1.36.tsv"));
        for (var line : lines.subList(1, lines.size())) {
            var cells = line.split("\t", -1);
            if (cells[5].equals("stable") && !cells[4].isEmpty()) {
                assertThat(ids).contains(cells[7]);
                assertThat(paths.has(cells[1])).as(cells[1]).isTrue();
            }
        }
    }

    @Test
    void operationsSayWhatTheyDoToWhat() {
        var item = v3("apis/apps/v1").at("/paths/~1apis~1apps~1v1~1namespaces~1{namespace}~1deployments~1{name}");
        var patch = item.get("patch");
        assertThat(patch.get("x-kubernetes-action").stringValue()).isEqualTo("patch");
        assertThat(patch.get("x-kubernetes-group-version-kind"))
                .hasToString("{\"group\":\"apps\",\"kind\":\"Deployment\",\"version\":\"v1\"}");
        assertThat(patch.get("parameters").findValuesAsString("name"))
                .containsExactly("dryRun", "fieldManager", "fieldValidation", "force");
        assertThat(patch.at("/tags/0").stringValue()).isEqualTo("apps_v1");
        assertThat(item.get("parameters").findValuesAsString("name")).containsExactly("name", "namespace", "pretty");
    }

    @Test
    void schemasAreAsUpstreamPublishesThem() {
        var schemas = v3("apis/apps/v1").at("/components/schemas");
        var deployment = schemas.get("io.k8s.api.apps.v1.Deployment");
        assertThat(deployment.get("x-kubernetes-group-version-kind"))
                .hasToString("[{\"group\":\"apps\",\"kind\":\"Deployment\",\"version\":\"v1\"}]");
        assertThat(deployment.at("/properties/spec/allOf"))
                .hasToString("[{\"$ref\":\"#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec\"}]");
        assertThat(deployment.at("/properties/spec/default")).hasToString("{}");
        assertThat(deployment.at("/properties/spec/description").stringValue()).isNotEmpty();
        var spec = schemas.get("io.k8s.api.core.v1.PodSpec");
        assertThat(spec.get("required")).hasToString("[\"containers\"]");
        var containers = (tools.jackson.databind.node.ObjectNode)
                spec.at("/properties/containers").deepCopy();
        containers.remove("description");
        assertThat(containers).isEqualTo(mapper.readTree("""
            {"type":"array","items":{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.Container"}],
             "default":{}},"x-kubernetes-list-map-keys":["name"],"x-kubernetes-list-type":"map",
             "x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}\
            """));
        assertThat(spec.at("/properties/volumes/x-kubernetes-patch-strategy").stringValue())
                .isEqualTo("merge,retainKeys");
        assertThat(spec.at("/properties/nodeSelector/x-kubernetes-map-type").stringValue())
                .isEqualTo("atomic");
        assertThat(schemas.at("/io.k8s.api.core.v1.ContainerPort/properties/protocol/default")
                        .stringValue())
                .isEqualTo("TCP");
        assertThat(schemas.at("/io.k8s.api.core.v1.ContainerPort/properties/containerPort/default"))
                .hasToString("0");
        assertThat(schemas.at("/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector/x-kubernetes-map-type")
                        .stringValue())
                .isEqualTo("atomic");
        assertThat(schemas.at("/io.k8s.apimachinery.pkg.util.intstr.IntOrString/oneOf"))
                .hasToString("[{\"type\":\"integer\"},{\"type\":\"string\"}]");
    }

    @Test
    void noReferenceDangles() {
        for (var groupVersion : catalogue.groupVersions()) {
            var document = v3(groupVersion.urlPrefix().substring(1));
            assertReferences(document, document.at("/components/schemas"), "#/components/schemas/");
        }
        var document = mapper.readTree(joined(openApi.v2Json()));
        assertReferences(document, document.get("definitions"), "#/definitions/");
    }

    private static void assertReferences(JsonNode document, JsonNode definitions, String prefix) {
        var references = new HashSet<String>();
        document.findValues("$ref").stream()
                .filter(JsonNode::isString) // schemas of schemas have a property of that name
                .forEach(r -> references.add(r.stringValue()));
        assertThat(references).isNotEmpty();
        for (var reference : references) {
            assertThat(reference).startsWith(prefix);
            assertThat(definitions.has(reference.substring(prefix.length())))
                    .as(reference)
                    .isTrue();
        }
    }

    @Test
    void theIndexNamesEveryDocument() {
        var paths = mapper.readTree(openApi.v3Index()).get("paths");
        assertThat(paths.propertyNames())
                .contains("api", "api/v1", "apis", "apis/apps", "apis/apps/v1", "version", "logs")
                .doesNotContain("apis/storagemigration.k8s.io");
        var hash = openApi.v3Hash("api/v1").orElseThrow();
        assertThat(paths.at("/api~1v1/serverRelativeURL").stringValue()).isEqualTo("/openapi/v3/api/v1?hash=" + hash);
        assertThat(new OpenApi(catalogue, "v1.36.0").v3Hash("api/v1")).contains(hash);
        assertThat(openApi.v3Json("apis/none/v1")).isEmpty();
    }

    @Test
    void customResourcesAreDocumentedTheSameWay() {
        var schema = new ObjectSchema(
                "io.example.v1.Ship",
                "v1.Ship",
                true,
                false,
                Descriptions.NONE,
                () -> List.copyOf(catalogue
                        .schema("io.k8s.api.core.v1.ConfigMap")
                        .orElseThrow()
                        .fields()
                        .values()));
        var ships = new ResourceType(
                new GroupVersion("example.io", "v1"),
                "ships",
                "ship",
                "Ship",
                Scope.NAMESPACED,
                Set.of("get", "list", "create"),
                Map.of(),
                List.of(),
                List.of(),
                Level.STABLE,
                schema,
                "");
        var extended = new OpenApi(catalogue.with(List.of(ships)), "v1.36.0");
        var document = mapper.readTree(extended.v3Json("apis/example.io/v1").orElseThrow());
        assertThat(document.at("/paths/~1apis~1example.io~1v1~1namespaces~1{namespace}~1ships/get/operationId")
                        .stringValue())
                .isEqualTo("listExampleIoV1NamespacedShip");
        assertThat(document.at("/components/schemas/io.example.v1.ShipList/properties/items/items/allOf/0/$ref")
                        .stringValue())
                .isEqualTo("#/components/schemas/io.example.v1.Ship");
    }

    @Test
    void protobufHasTheSameDefinitions() {
        var definitions = mapper.readTree(joined(openApi.v2Json())).get("definitions");
        var message = ByteBuffer.wrap(joined(openApi.v2Protobuf()));
        var names = new HashSet<String>();
        while (message.hasRemaining()) {
            int tag = varint(message);
            var value = slice(message);
            if (tag >> 3 == 9) {
                while (value.hasRemaining()) {
                    varint(value);
                    var named = slice(value);
                    varint(named);
                    names.add(StandardCharsets.UTF_8.decode(slice(named)).toString());
                }
            }
        }
        assertThat(names).isEqualTo(Set.copyOf(definitions.propertyNames()));
    }

    @Test
    void version3InProtobufHasTheSameSchemas() {
        var schemas = v3("apis/apps/v1").at("/components/schemas");
        var message = ByteBuffer.wrap(openApi.v3Protobuf("apis/apps/v1").orElseThrow());
        var names = new HashSet<String>();
        while (message.hasRemaining()) {
            int tag = varint(message);
            var value = slice(message);
            if (tag >> 3 == 5) { // components
                varint(value);
                var all = slice(value);
                while (all.hasRemaining()) {
                    varint(all);
                    var named = slice(all);
                    varint(named);
                    names.add(StandardCharsets.UTF_8.decode(slice(named)).toString());
                }
            }
        }
        assertThat(names).isEqualTo(Set.copyOf(schemas.propertyNames()));
        assertThat(openApi.v3Protobuf("apis/none/v1")).isEmpty();
    }

    @Test
    void enumerationsNameTheirValues() {
        var schemas = v3("apis/networking.k8s.io/v1").at("/components/schemas");
        var protocol = schemas.at("/io.k8s.api.networking.v1.NetworkPolicyPort/properties/protocol");
        assertThat(protocol.get("enum")).hasToString("[\"SCTP\",\"TCP\",\"UDP\"]");
        assertThat(protocol.get("description").stringValue())
                .endsWith("\n\nPossible enum values:\n - `\"SCTP\"`\n - `\"TCP\"`\n - `\"UDP\"`");
        assertThat(schemas.at("/io.k8s.api.networking.v1.NetworkPolicySpec/properties/policyTypes/items/enum"))
                .hasToString("[\"Egress\",\"Ingress\"]");
        assertThat(mapper.readTree(joined(openApi.v2Json()))
                        .at("/definitions/io.k8s.api.core.v1.Container/properties/imagePullPolicy/enum"))
                .hasToString("[\"Always\",\"IfNotPresent\",\"Never\"]");
    }

    private static int varint(ByteBuffer message) {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = message.get();
            value |= (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static ByteBuffer slice(ByteBuffer message) {
        int length = varint(message);
        var slice = message.slice(message.position(), length);
        message.position(message.position() + length);
        return slice;
    }
}

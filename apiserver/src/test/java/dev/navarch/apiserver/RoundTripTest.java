package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BodyFormat;
import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import dev.navarch.api.protobuf.ProtobufCodec;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects of every kind, as full as they can be, go into a running server in each encoding and come out in each, the same.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoundTripTest {
    private static final Catalogue CATALOGUE = Catalogue.builtIn();
    private static final ProtobufCodec PROTOBUF = new ProtobufCodec(CATALOGUE);
    /** Of them the server has its own. */
    private static final Set<String> VIRTUAL = Set.of("ComponentStatus");

    private final ObjectDecoder decoder = new ObjectDecoder();
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final MinimalObjects minimal;
    private TestServer server;
    private HttpClient admin;
    private int number;

    RoundTripTest() throws Exception {
        minimal = new MinimalObjects();
    }

    @BeforeAll
    void start() throws Exception {
        server = new TestServer(true);
        admin = server.client("CN=admin,O=system:masters");
        send("POST", "/api/v1/namespaces", json("{'metadata':{'name':'walk'}}"), BodyFormat.JSON, BodyFormat.JSON);
        send(
                "POST",
                "/api/v1/namespaces/walk/serviceaccounts",
                json("{'metadata':{'name':'default'}}"),
                BodyFormat.JSON,
                BodyFormat.JSON);
    }

    @AfterAll
    void stop() {
        admin.shutdownNow();
        server.close();
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static String mediaType(BodyFormat format) {
        return switch (format) {
            case JSON -> "application/json";
            case YAML -> "application/yaml";
            case PROTOBUF -> "application/vnd.kubernetes.protobuf";
        };
    }

    private HttpResponse<byte[]> send(String method, String path, byte[] body, BodyFormat as, BodyFormat accepted)
            throws Exception {
        var request = server.request(path)
                .header("Accept", mediaType(accepted))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (body.length > 0) {
            request.header("Content-Type", mediaType(as));
        }
        return admin.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static byte[] encoded(ObjectNode object, ResourceType type, BodyFormat format) {
        return format == BodyFormat.PROTOBUF ? PROTOBUF.encode(object, type.schema()) : json(object);
    }

    /** What the server shows, which was put in JSON before, with one change. */
    private byte[] yaml(String path) throws Exception {
        var shown = text(send("GET", path, new byte[0], BodyFormat.YAML, BodyFormat.YAML));
        assertThat(shown).contains("\n    in: JSON\n");
        return shown.replace("\n    in: JSON\n", "\n    in: YAML\n").getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode tree(HttpResponse<byte[]> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    static Stream<ResourceType> kinds() {
        return CATALOGUE.types().stream()
                .filter(t -> t.verbs().containsAll(Set.of("create", "get", "update")))
                .filter(t -> !VIRTUAL.contains(t.kind()));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatGoesInInAnyEncodingComesOutInAll(ResourceType type) throws Exception {
        number++;
        var apiVersion = type.groupVersion().apiVersion();
        var collection =
                type.groupVersion().urlPrefix() + (type.namespaced() ? "/namespaces/walk/" : "/") + type.plural();
        var full = FullObjects.of(
                type, minimal.of(apiVersion, type.kind(), number, "none"), object -> complaint(collection, object));
        var name = full.at("/metadata/name").asString();
        var path = collection + "/" + name.replace(":", "%3A");
        var created = send("POST", collection, json(full), BodyFormat.JSON, BodyFormat.JSON);
        assertThat(created.statusCode()).as(text(created)).isEqualTo(201);
        assertThat(FullObjects.leaves(full))
                .isGreaterThan(FullObjects.leaves(minimal.of(apiVersion, type.kind(), number, "none")));

        for (var in : BodyFormat.values()) {
            ObjectNode sent;
            HttpResponse<byte[]> answer;
            do { // the server itself writes what it finds out about some kinds
                var now = (ObjectNode) tree(send("GET", path, new byte[0], in, BodyFormat.JSON));
                now.withObject("/metadata/labels").put("in", in.name());
                sent = decoder.conform(now, type.schema()).tree();
                var body = in == BodyFormat.YAML ? yaml(path) : encoded(sent, type, in);
                answer = send("PUT", path, body, in, BodyFormat.JSON);
            } while (answer.statusCode() == 409);
            assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
            var shown = decoder.decode(answer.body(), BodyFormat.JSON, type).tree();
            for (var out : BodyFormat.values()) {
                var got = send("GET", path, new byte[0], in, out);
                assertThat(got.headers().firstValue("Content-Type")).contains(mediaType(out));
                assertThat(canonical(decoder.decode(got.body(), out, type).tree(), type))
                        .as(in + " in, " + out + " out")
                        .isEqualTo(canonical(shown, type));
            }
            assertThat(canonical(shown, type)).as(in + " in").isEqualTo(canonical(sent, type));
        }
    }

    /** As Go would write the struct: without what changes with each write, and with zeros where it shows them. */
    private String canonical(ObjectNode object, ResourceType type) {
        var copy = object.deepCopy();
        copy.withObject("/metadata").remove(List.of("resourceVersion", "managedFields", "generation"));
        copy.remove("status");
        return new String(encoder.encode(copy, type.schema()).bytes(), StandardCharsets.UTF_8);
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    private static byte[] json(ObjectNode object) {
        return object.toString().getBytes(StandardCharsets.UTF_8);
    }

    private JsonNode complaint(String collection, ObjectNode object) throws Exception {
        var answer = send("POST", collection + "?dryRun=All", json(object), BodyFormat.JSON, BodyFormat.JSON);
        return answer.statusCode() == 201 ? null : tree(answer);
    }
}

package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.BodyFormat;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.protobuf.ProtobufCodec;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.request.Frames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ProtobufAnswersTest {
    private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";
    private static final String PODS = "/api/v1/namespaces/default/pods";
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    private final TestApi api = new TestApi();
    private final ProtobufCodec codec = new ProtobufCodec(api.catalogue);

    @BeforeEach
    void serviceAccount() {
        api.post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                .expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private static String pod(String name) {
        return "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" + name
                + "\",\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\","
                + "\"resources\":{\"limits\":{\"cpu\":\"500m\"}},\"ports\":[{\"containerPort\":80}]}]}}";
    }

    private ObjectSchema schema(String kind) {
        return api.catalogue.byKind("v1", kind).orElseThrow().schema();
    }

    /** As JSON, by the decoder that bodies go through. */
    private ObjectNode read(byte[] body, String kind) {
        return new ObjectDecoder()
                .decode(
                        body,
                        BodyFormat.PROTOBUF,
                        api.catalogue.byKind("v1", kind).orElseThrow())
                .tree();
    }

    @Test
    void anObjectIsTheSameAsInJson() {
        api.post(PODS, pod("p")).expect(201);
        var wanted = api.get(PODS + "/p").json();
        var answer = api.get(PODS + "/p", "Accept", PROTOBUF).expect(200);
        assertThat(answer.contentType()).isEqualTo(PROTOBUF);
        assertThat(read(answer.bytes(), "Pod")).isEqualTo(wanted);
        assertThat(api.get(PODS + "/p", "Accept", PROTOBUF).bytes()).isEqualTo(answer.bytes());
    }

    @Test
    void aWriteIsAnsweredInWhatItsWriterReads() {
        var answer = api.post(PODS, pod("p"), "Accept", PROTOBUF).expect(201);
        assertThat(read(answer.bytes(), "Pod").at("/metadata/name").stringValue())
                .isEqualTo("p");
        var updated = api.send("PUT", PODS + "/p", answer.bytes(), "Content-Type", PROTOBUF, "Accept", PROTOBUF)
                .expect(200);
        assertThat(read(updated.bytes(), "Pod").at("/metadata/uid"))
                .isEqualTo(read(answer.bytes(), "Pod").at("/metadata/uid"));
    }

    @Test
    void aListHasItsMetadataAndItems() {
        api.post(PODS, pod("a")).expect(201);
        api.post(PODS, pod("b")).expect(201);
        var answer = api.get(PODS + "?limit=1", "Accept", PROTOBUF).expect(200);
        var envelope = codec.open(answer.bytes());
        assertThat(envelope.kind()).isEqualTo("PodList");
        assertThat(envelope.apiVersion()).isEqualTo("v1");
        var list = codec.decodeMessage(
                envelope.message(),
                api.catalogue.schema("io.k8s.api.core.v1.PodList").orElseThrow());
        assertThat(list.at("/metadata/continue").stringValue()).isNotEmpty();
        assertThat(list.at("/metadata/remainingItemCount").intValue()).isEqualTo(1);
        assertThat(list.get("items")).hasSize(1);
        assertThat(list.at("/items/0/spec/containers/0/image").stringValue()).isEqualTo("i");
        assertThat(list.at("/items/0/kind").isMissingNode()).isTrue();
    }

    @Test
    void metadataAloneComesInProtobufToo() {
        api.post(PODS, pod("a")).expect(201);
        var accept = PROTOBUF + ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        var one = codec.open(api.get(PODS + "/a", "Accept", accept).expect(200).bytes());
        assertThat(one.apiVersion() + " " + one.kind()).isEqualTo("meta.k8s.io/v1 PartialObjectMetadata");
        // field 1 of a pod is its metadata too
        assertThat(codec.decodeMessage(one.message(), schema("Pod"))
                        .at("/metadata/labels/a")
                        .stringValue())
                .isEqualTo("b");
        var accepted = PROTOBUF + ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
        var all = codec.open(api.get(PODS, "Accept", accepted).expect(200).bytes());
        assertThat(all.kind()).isEqualTo("PartialObjectMetadataList");
        assertThat(api.get(PODS, "Accept", accept).expect(406).message())
                .isEqualTo("you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)");
        assertThat(api.get(PODS + "/a", "Accept", accepted).expect(406).message())
                .isEqualTo("you requested PartialObjectMetadataList, but the requested object is not a list"
                        + " (*core.Pod)");
    }

    @Test
    void tablesAreForJsonAlone() {
        var refused = api.get(PODS, "Accept", PROTOBUF + ";as=Table;g=meta.k8s.io;v=v1")
                .expect(406);
        assertThat(refused.message())
                .isEqualTo(
                        "only the following media types are accepted: application/json, application/yaml, " + PROTOBUF);
    }

    @Test
    void deletionsAreAnsweredByAStatus() {
        api.post(MAPS, "{\"metadata\":{\"name\":\"m\"}}").expect(201);
        var answer = api.send("DELETE", MAPS + "/m", "", "Accept", PROTOBUF).expect(200);
        var envelope = codec.open(answer.bytes());
        assertThat(envelope.kind()).isEqualTo("Status");
        var status = codec.decodeMessage(envelope.message(), api.catalogue.metaSchema("Status"));
        assertThat(status.at("/status").stringValue()).isEqualTo("Success");
        assertThat(status.at("/details/name").stringValue()).isEqualTo("m");
    }

    @Test
    void watchesComeInFramesWithTheirLengthBefore() throws Exception {
        api.post(PODS, pod("a")).expect(201);
        for (var accept : new String[] {PROTOBUF, PROTOBUF + ";stream=watch"}) {
            var answer = (ApiResponse.Streaming) api.registry.handle(TestApi.request(
                    "GET",
                    PODS + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
                            + "&allowWatchBookmarks=true",
                    new byte[0],
                    "Accept",
                    accept));
            assertThat(answer.contentType()).isEqualTo(PROTOBUF + ";stream=watch");
            try (var frames = answer.frames()) {
                var added = event(frames.next());
                assertThat(added.type).isEqualTo("ADDED");
                assertThat(read(added.object, "Pod"))
                        .isEqualTo(api.get(PODS + "/a").json());
                var bookmark = event(frames.next());
                assertThat(bookmark.type).isEqualTo("BOOKMARK");
                assertThat(codec.decodeMessage(codec.open(bookmark.object).message(), schema("Pod"))
                                .at("/metadata/annotations/k8s.io~1initial-events-end")
                                .stringValue())
                        .isEqualTo("true");
            }
        }
    }

    @Test
    void oneEncodingServesAllWatchers() throws Exception {
        var path = PODS + "?watch=1&resourceVersion=" + api.store.revision();
        try (var first = stream(path);
                var second = stream(path)) {
            api.post(PODS, pod("a")).expect(201);
            assertThat(first.next()).isSameAs(second.next());
        }
    }

    private Frames stream(String path) throws Exception {
        return ((ApiResponse.Streaming)
                        api.registry.handle(TestApi.request("GET", path, new byte[0], "Accept", PROTOBUF)))
                .frames();
    }

    @Test
    void watchesDontSpeakYaml() {
        assertThatThrownBy(() -> api.registry.handle(
                        TestApi.request("GET", PODS + "?watch=1", new byte[0], "Accept", "application/yaml")))
                .isInstanceOfSatisfying(
                        ApiFailure.class,
                        e -> assertThat(e.getMessage())
                                .isEqualTo(
                                        "only the following media types are accepted: application/json;stream=watch, "
                                                + PROTOBUF + ";stream=watch"));
    }

    private record Event(String type, byte[] object) {}

    /** A WatchEvent: 1 is its type, 2 holds the object in its field 1. */
    private static Event event(byte[] frame) {
        var in = ByteBuffer.wrap(frame);
        assertThat(in.getInt()).isEqualTo(frame.length - 4);
        assertThat(in.get()).isEqualTo((byte) 0x0a);
        var type = new byte[in.get()];
        in.get(type);
        assertThat(in.get()).isEqualTo((byte) 0x12);
        int outer = varint(in);
        assertThat(in.remaining()).isEqualTo(outer);
        assertThat(in.get()).isEqualTo((byte) 0x0a);
        int length = varint(in);
        assertThat(in.remaining()).isEqualTo(length);
        return new Event(
                new String(type, StandardCharsets.US_ASCII), Arrays.copyOfRange(frame, in.position(), frame.length));
    }

    private static int varint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; ; shift += 7) {
            int next = in.get();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}

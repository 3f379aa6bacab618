package dev.navarch.api.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Catalogue;
import dev.navarch.api.Generated;
import dev.navarch.api.Level;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

class ProtobufCodecTest {

    private final Catalogue catalogue = Catalogue.builtIn();
    private final ProtobufCodec codec = new ProtobufCodec(catalogue);
    private final ObjectEncoder json = new ObjectEncoder();
    private final ObjectDecoder decoder = new ObjectDecoder();

    static Stream<ResourceType> everyKind() {
        return Catalogue.builtIn(EnumSet.allOf(Level.class)).types().stream();
    }

    @ParameterizedTest
    @MethodSource("everyKind")
    void everyKindSurvivesTheRoundTrip(ResourceType type) {
        var tree =
                decoder.conform(Generated.object(type.schema()), type.schema()).tree();
        tree.put("apiVersion", type.groupVersion().apiVersion()).put("kind", type.kind());
        // kinds of objects within objects are not part of this form
        tree.at("/spec/volumeClaimTemplates").forEach(c -> ((ObjectNode) c).remove(List.of("kind", "apiVersion")));
        var envelope = codec.open(codec.encode(tree, type.schema()));
        assertThat(envelope.apiVersion()).isEqualTo(type.groupVersion().apiVersion());
        assertThat(envelope.kind()).isEqualTo(type.kind());
        var back = codec.decodeMessage(envelope.message(), type.schema());
        back.put("apiVersion", envelope.apiVersion()).put("kind", envelope.kind());
        assertThat(new String(json.encode(back, type.schema()).bytes(), StandardCharsets.UTF_8))
                .isEqualTo(new String(json.encode(tree, type.schema()).bytes(), StandardCharsets.UTF_8));
        assertThat(codec.encode(back, type.schema())).isEqualTo(codec.encode(tree, type.schema()));
    }

    /** Worked out by hand from the field numbers: what Go cannot leave out is there, empty or not. */
    @Test
    void theBytesAreUpstreams() {
        var binding = catalogue.find("", "v1", "bindings").orElseThrow();
        var tree = (ObjectNode) new ObjectMapper().readTree("""
                {"apiVersion":"v1","kind":"Binding","metadata":{"name":"a","generation":-1,"creationTimestamp":
                "1970-01-01T00:01:40Z","deletionGracePeriodSeconds":0},"target":{"kind":"Node","name":"n"}}""");
        assertThat(HexFormat.of().formatHex(codec.encode(tree, binding.schema())))
                .isEqualTo(
                        "6b387300" // magic
                                + "0a0d" + "0a027631" + "120742696e64696e67" // v1, Binding
                                + "1237" // the object
                                + "0a20" // metadata
                                + "0a0161" + "1200" + "1a00" + "2200" + "2a00" + "3200" // name … resourceVersion
                                + "38ffffffffffffffffff01" // generation
                                + "42040864" + "1000" // creationTimestamp
                                + "5000" // deletionGracePeriodSeconds
                                + "1213" // target
                                + "0a044e6f6465" + "1200" + "1a016e" + "2200" + "2a00" + "3200" + "3a00"
                                + "1a002200"); // no encoding, no content type
    }

    @Test
    void unknownFieldsAreSkipped() {
        var configMaps = catalogue.find("", "v1", "configmaps").orElseThrow();
        var out = new ProtobufBytes();
        out.integer(99, 7);
        out.string(98, "x");
        out.floating(97, 1.5);
        assertThat(codec.decodeMessage(out.toByteArray(), configMaps.schema()).isEmpty())
                .isTrue();
    }

    @Test
    void whatIsNoProtobufIsRefused() {
        assertThatThrownBy(() -> codec.open("{}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(BadBodyException.class)
                .hasMessageContaining("does not appear to be a protobuf message");
    }

    @Test
    void mutatedMessagesAreReadOrRefused() {
        var pods = catalogue.find("", "v1", "pods").orElseThrow();
        var tree =
                decoder.conform(Generated.object(pods.schema()), pods.schema()).tree();
        var good = codec.encode(tree, pods.schema());
        var random = new Random(20261121);
        for (int round = 0; round < 2_000; round++) {
            var body = good.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            try {
                decoder.conform(codec.decodeMessage(codec.open(body).message(), pods.schema()), pods.schema());
            } catch (BadBodyException e) {
                assertThat(e.getMessage()).isNotEmpty();
            } catch (RuntimeException e) {
                fail("round " + round, e);
            }
        }
    }

    @Test
    void deepMessagesAreRefused() {
        var message = new ProtobufBytes();
        for (int level = 0; level < 2_000; level++) {
            var outer = new ProtobufBytes();
            outer.message(28, message); // not
            message = outer;
        }
        var props = message.toByteArray();
        var schema = catalogue
                .schema("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
                .orElseThrow();
        assertThatThrownBy(() -> codec.decodeMessage(props, schema))
                .isInstanceOf(BadBodyException.class)
                .hasMessage("exceeded max depth");
    }
}

package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProtobufBodiesTest {
    private static final ResourceType PODS =
            Catalogue.builtIn().find("", "v1", "pods").orElseThrow();
    private static final ResourceType DEPLOYMENTS =
            Catalogue.builtIn().find("apps", "v1", "deployments").orElseThrow();

    private final ObjectDecoder decoder = new ObjectDecoder();

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static byte[] number(int field, long value) {
        var out = new ByteArrayOutputStream();
        varint(out, (long) field << 3);
        varint(out, value);
        return out.toByteArray();
    }

    private static byte[] bytes(int field, byte[]... parts) {
        var inner = new ByteArrayOutputStream();
        for (var part : parts) {
            inner.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        varint(out, (long) field << 3 | 2);
        varint(out, inner.size());
        out.writeBytes(inner.toByteArray());
        return out.toByteArray();
    }

    private static byte[] text(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] envelope(String apiVersion, String kind, byte[]... raw) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {'k', '8', 's', 0});
        out.writeBytes(bytes(1, text(1, apiVersion), text(2, kind)));
        out.writeBytes(bytes(2, raw));
        return out.toByteArray();
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    @Test
    void aPodReadsAsItsJsonDoes() {
        var metadata = bytes(
                1,
                text(1, "web"),
                text(3, ""),
                bytes(8),
                bytes(11, text(1, "app"), text(2, "x")),
                bytes(11, text(1, "tier"), text(2, "")));
        var limits = bytes(1, text(1, "cpu"), bytes(2, text(1, "0.5")));
        var probe = bytes(
                10,
                bytes(1, bytes(2, text(1, "/healthz"), bytes(2, number(1, 0), number(2, 8080), text(3, "")))),
                number(2, 5));
        var environment =
                bytes(7, text(1, "A"), text(2, ""), bytes(3, bytes(3, bytes(1, text(1, "map")), text(2, "k"))));
        var container = bytes(
                2,
                text(1, "c"),
                text(2, "i"),
                bytes(8, limits),
                probe,
                environment,
                bytes(6, text(1, ""), number(2, 0), number(3, 80)));
        var volume = bytes(1, text(1, "v"), bytes(2, bytes(1, text(1, "/data"))));
        var spec = bytes(2, volume, container, number(4, 0), number(11, 1));

        var tree = decoder.decode(envelope("v1", "Pod", metadata, spec, bytes(3)), BodyFormat.PROTOBUF, PODS)
                .tree();

        assertThat((JsonNode) tree)
                .isEqualTo(
                        json("{'kind':'Pod','apiVersion':'v1','metadata':{'name':'web','labels':{'app':'x','tier':''}},"
                                + "'spec':{'volumes':[{'name':'v','hostPath':{'path':'/data'}}],'containers':[{'name':'c',"
                                + "'image':'i','resources':{'limits':{'cpu':'500m'}},'livenessProbe':{'httpGet':{'path':"
                                + "'/healthz','port':8080},'initialDelaySeconds':5},'env':[{'name':'A','valueFrom':"
                                + "{'configMapKeyRef':{'name':'map','key':'k'}}}],'ports':[{'containerPort':80}]}],"
                                + "'terminationGracePeriodSeconds':0,'hostNetwork':true}}"));
    }

    @Test
    void pointersTellZeroFromAbsence() {
        var spec = bytes(
                2, number(1, 0), bytes(4, text(1, "RollingUpdate"), bytes(2, bytes(1, number(1, 1), text(3, "25%")))));
        var tree = decoder.decode(envelope("apps/v1", "Deployment", spec), BodyFormat.PROTOBUF, DEPLOYMENTS)
                .tree();

        assertThat(tree.at("/spec/replicas").intValue()).isZero();
        assertThat(tree.at("/spec/replicas").isMissingNode()).isFalse();
        assertThat(tree.at("/spec/strategy/rollingUpdate/maxUnavailable").stringValue())
                .isEqualTo("25%");
        assertThat(tree.at("/spec/minReadySeconds").isMissingNode()).isTrue();
    }

    @Test
    void anotherKindIsRefused() {
        assertThatThrownBy(() -> decoder.decode(envelope("v1", "Service"), BodyFormat.PROTOBUF, PODS))
                .isInstanceOf(BadBodyException.class)
                .hasMessageContaining("cannot be handled as a Pod");
    }

    @Test
    void whatIsNoMessageIsRefused() {
        for (var body : new byte[][] {
            {},
            {'k', '8', 's'},
            {'{', '}'},
            {'k', '8', 's', 0, 0x12, 0x7f, 1},
            {'k', '8', 's', 0, 0x12, 2, 0x12, 0x7f},
            {
                'k',
                '8',
                's',
                0,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff,
                1
            },
        }) {
            assertThatThrownBy(() -> decoder.decode(body, BodyFormat.PROTOBUF, PODS))
                    .as(Arrays.toString(body))
                    .isInstanceOf(BadBodyException.class);
        }
    }

    @Test
    void damagedMessagesDoNoHarm() {
        var good = envelope("v1", "Pod", bytes(1, text(1, "web")), bytes(2, bytes(2, text(1, "c")), number(4, 3)));
        var random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            var bad = good.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                decoder.decode(bad, BodyFormat.PROTOBUF, PODS);
            } catch (BadBodyException _) {
                // refused, as it may be
            }
        }
    }
}

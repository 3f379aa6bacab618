package dev.navarch.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.navarch.time.ManualTime;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Encryption with a KMS plugin behind a unix socket. */
@Timeout(180)
class KmsSocketTest {
    private static final String SECRET = "/registry/core/secrets/default/db";
    private static final byte[] VALUE = "{\"kind\":\"Secret\"}".getBytes(UTF_8);

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-02T03:04:05Z"));
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private Path socket;
    private Server plugin;
    private volatile String keyId = "key-1";

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("kms.sock");
        plugin = NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .channelType(EpollServerDomainSocketChannel.class)
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                .bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .addService(ServerServiceDefinition.builder("v2.KeyManagementService")
                        .addMethod(method("Status"), ServerCalls.asyncUnaryCall((_, answer) -> {
                            answer.onNext(
                                    message(Map.of(1, "v2".getBytes(UTF_8), 2, "ok".getBytes(UTF_8), 3, keyId())));
                            answer.onCompleted();
                        }))
                        .addMethod(method("Encrypt"), ServerCalls.asyncUnaryCall((request, answer) -> {
                            var sealed = turned(fields(request).get(1));
                            var annotation = message(Map.of(1, "kms.example.com".getBytes(UTF_8), 2, keyId()));
                            answer.onNext(message(Map.of(1, sealed, 2, keyId(), 3, annotation)));
                            answer.onCompleted();
                        }))
                        .addMethod(method("Decrypt"), ServerCalls.asyncUnaryCall((request, answer) -> {
                            var asked = fields(request);
                            if (!asked.containsKey(2) || !fields(asked.get(4)).containsKey(1)) {
                                answer.onError(Status.INVALID_ARGUMENT.asRuntimeException());
                                return;
                            }
                            answer.onNext(message(Map.of(1, turned(asked.get(1)))));
                            answer.onCompleted();
                        }))
                        .build())
                .build()
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        plugin.shutdownNow().awaitTermination();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private byte[] keyId() {
        return keyId.getBytes(UTF_8);
    }

    private static byte[] turned(byte[] bytes) {
        var out = bytes.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] ^= (byte) 0xff;
        }
        return out;
    }

    private static MethodDescriptor<byte[], byte[]> method(String name) {
        var bytes = new MethodDescriptor.Marshaller<byte[]>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                try {
                    return stream.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        return MethodDescriptor.<byte[], byte[]>newBuilder(bytes, bytes)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName("v2.KeyManagementService/" + name)
                .build();
    }

    private static byte[] message(Map<Integer, byte[]> fields) {
        try {
            var bytes = new ByteArrayOutputStream();
            var out = CodedOutputStream.newInstance(bytes);
            for (var field : fields.entrySet()) {
                out.writeByteArray(field.getKey(), field.getValue());
            }
            out.flush();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<Integer, byte[]> fields(byte[] message) {
        try {
            Map<Integer, byte[]> fields = new HashMap<>();
            var in = CodedInputStream.newInstance(message);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                fields.put(tag >>> 3, in.readByteArray());
            }
            return fields;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private EncryptionFile file() throws IOException {
        return new EncryptionFile(
                Files.writeString(directory.resolve("encryption.yaml"), """
                        apiVersion: apiserver.config.k8s.io/v1
                        kind: EncryptionConfiguration
                        resources:
                        - resources: [secrets]
                          providers:
                          - kms: {apiVersion: v2, name: hsm, endpoint: "unix://%s", timeout: 10s}
                        """.formatted(socket)), false);
    }

    @Test
    void aPluginSealsSeedsAndOpensThemForAnotherServer() throws Exception {
        byte[] sealed;
        try (var encryption = file().open(time, "one")) {
            assertThat(encryption.checks().getFirst().failure().get()).isEmpty();
            sealed = encryption.seal(SECRET, SECRET, VALUE);
            assertThat(new String(sealed, UTF_8))
                    .startsWith("k8s:enc:kms:v2:hsm:")
                    .doesNotContain("Secret");
            keyId = "key-2";
            time.advance(Duration.ofMinutes(1));
            assertThat(encryption.stale(SECRET, SECRET, sealed)).isTrue();
            assertThat(encryption.stale(SECRET, SECRET, encryption.seal(SECRET, SECRET, VALUE)))
                    .isFalse();
        }
        try (var another = file().open(time, "two")) {
            assertThat(another.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        }
    }

    @Test
    void aPluginThatIsNotThereIsNoReasonNotToStart() throws Exception {
        plugin.shutdownNow().awaitTermination();
        try (var encryption = file().open(time, "one")) {
            assertThat(encryption.checks().getFirst().failure().get())
                    .hasValueSatisfying(why -> assertThat(why)
                            .startsWith("kms-provider-0: failed to perform status section of the healthz check for KMS"
                                    + " Provider hsm, error: rpc error: code = "));
            assertThatThrownBy(() -> encryption.seal(SECRET, SECRET, VALUE))
                    .hasMessage("got unexpected nil transformer");
        }
    }

    @Test
    void aWrongFileIsNamed() {
        assertThatThrownBy(() -> new EncryptionFile(directory.resolve("none"), false).open(time, "one"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--encryption-provider-config " + directory.resolve("none"));
    }
}

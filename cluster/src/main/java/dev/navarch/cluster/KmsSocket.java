package dev.navarch.cluster;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.navarch.apiserver.encryption.Encryption;
import dev.navarch.apiserver.encryption.KmsService;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A KMS plugin behind a unix socket (sources: k8s.io/kms apis/v2/api.proto; k8s.io/apiserver
 * pkg/storage/value/encrypt/envelope/kmsv2/grpc_service.go). Its messages are few and small, and written here by hand.
 */
final class KmsSocket implements KmsService {
    private static final String SERVICE = "v2.KeyManagementService";

    private final MultiThreadIoEventLoopGroup loop;
    private final ManagedChannel channel;
    private final Duration timeout;
    private final Encryption.Calls calls;

    /** @param endpoint as in {@code unix:///run/kms.sock}, or {@code unix:///@name} for one without a file */
    KmsSocket(String endpoint, Duration timeout, Encryption.Calls calls) {
        this.timeout = timeout;
        this.calls = calls;
        var path = URI.create(endpoint).getPath();
        loop = new MultiThreadIoEventLoopGroup(
                1, Thread.ofPlatform().daemon().name("navarch-kms").factory(), EpollIoHandler.newFactory());
        channel = NettyChannelBuilder.forAddress(
                        new DomainSocketAddress(path.startsWith("/@") ? "\0" + path.substring(2) : path))
                .overrideAuthority("localhost")
                .eventLoopGroup(loop)
                .channelType(EpollDomainSocketChannel.class)
                // gRPC sets it for every channel; a unix socket has none, and Netty would warn.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .usePlaintext()
                .build();
    }

    @Override
    public Status status() throws IOException {
        var answer = call("Status", new byte[0]);
        return new Status(answer.text(1), answer.text(2), answer.text(3));
    }

    @Override
    public Sealed encrypt(String uid, byte[] plaintext) throws IOException {
        var answer = call("Encrypt", message(out -> {
            out.writeByteArray(1, plaintext);
            out.writeString(2, uid);
        }));
        return new Sealed(answer.bytes(1), answer.text(2), answer.annotations());
    }

    @Override
    public byte[] decrypt(String uid, Sealed sealed) throws IOException {
        return call("Decrypt", message(out -> {
                    out.writeByteArray(1, sealed.ciphertext());
                    out.writeString(2, uid);
                    out.writeString(3, sealed.keyId());
                    for (var annotation : sealed.annotations().entrySet()) {
                        out.writeByteArray(4, message(entry -> {
                            entry.writeString(1, annotation.getKey());
                            entry.writeByteArray(2, annotation.getValue());
                        }));
                    }
                }))
                .bytes(1);
    }

    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    private Answer call(String method, byte[] request) throws IOException {
        var name = MethodDescriptor.generateFullMethodName(SERVICE, method);
        var descriptor = MethodDescriptor.<byte[], byte[]>newBuilder(Bytes.MARSHALLER, Bytes.MARSHALLER)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(name)
                .build();
        var options = CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
        long begin = System.nanoTime();
        try {
            var answer = ClientCalls.blockingUnaryCall(channel, descriptor, options, request);
            calls.called("/" + name, "OK", System.nanoTime() - begin);
            return Answer.read(answer);
        } catch (StatusRuntimeException e) {
            var code = goName(e.getStatus().getCode());
            calls.called("/" + name, code, System.nanoTime() - begin);
            channel.resetConnectBackoff();
            throw new IOException(
                    "rpc error: code = " + code + " desc = " + e.getStatus().getDescription(), e);
        }
    }

    /** As in {@code DeadlineExceeded}. */
    private static String goName(io.grpc.Status.Code code) {
        var name = new StringBuilder();
        for (var word : code.name().split("_")) {
            name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return name.toString();
    }

    /** The last bytes of each field, and the map that a field of two-field messages is. */
    private record Answer(Map<Integer, byte[]> fields, Map<String, byte[]> annotations) {
        private static final int ANNOTATIONS = 3;

        static Answer read(byte[] message) throws IOException {
            Map<Integer, byte[]> fields = new HashMap<>();
            Map<String, byte[]> annotations = new HashMap<>();
            var in = CodedInputStream.newInstance(message);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if ((tag & 7) != 2) {
                    in.skipField(tag);
                    continue;
                }
                var value = in.readByteArray();
                fields.put(tag >>> 3, value);
                if (tag >>> 3 == ANNOTATIONS) {
                    entry(value, annotations);
                }
            }
            return new Answer(fields, annotations);
        }

        /** Of another message's third field that is a text, nothing comes of it. */
        private static void entry(byte[] value, Map<String, byte[]> into) {
            try {
                var in = CodedInputStream.newInstance(value);
                var key = "";
                var bytes = new byte[0];
                for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                    switch (tag) {
                        case 1 << 3 | 2 -> key = in.readString();
                        case 2 << 3 | 2 -> bytes = in.readByteArray();
                        default -> in.skipField(tag);
                    }
                }
                into.put(key, bytes);
            } catch (IOException _) {
                // a text
            }
        }

        byte[] bytes(int field) {
            return fields.getOrDefault(field, new byte[0]);
        }

        String text(int field) {
            return ByteString.copyFrom(bytes(field)).toStringUtf8();
        }
    }

    /** Messages as they are. */
    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        MARSHALLER;

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
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}

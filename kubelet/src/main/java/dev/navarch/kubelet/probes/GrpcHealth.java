package dev.navarch.kubelet.probes;

import dev.navarch.api.values.GoText;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One call of grpc.health.v1.Health/Check without TLS, in as much HTTP/2 as that takes: the request's header block is
 * written without compression, of the answer only its first message is looked at.
 *
 * <p>Source of the rules and texts: kubernetes pkg/probe/grpc/grpc.go; RFC 9113, RFC 7541.
 */
final class GrpcHealth {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int MAX_FRAME = 16_384;
    private static final int SERVING = 1;

    private GrpcHealth() {}

    static ProbeResult probe(String host, int port, String service, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos(); // a socket's timeout is one of real time
        var address = host + ":" + port;
        var within = GoText.duration(timeout);
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), left(deadline));
            int status = check(socket, address, service, deadline);
            return status == SERVING
                    ? ProbeResult.success()
                    : ProbeResult.failure("service unhealthy (responded with \"" + name(status) + "\")");
        } catch (SocketTimeoutException e) {
            return ProbeResult.failure("timeout: failed to connect service \"" + address + "\" within " + within);
        } catch (ConnectException e) {
            return ProbeResult.failure("timeout: failed to connect service \"" + address + "\" within " + within
                    + ": connection error: desc = \"transport: Error while dialing: "
                    + HttpGet.refused(host, port, e) + "\"");
        } catch (IOException e) {
            return ProbeResult.failure("error: health rpc probe failed: " + e.getMessage());
        }
    }

    private static String name(int status) {
        return switch (status) {
            case 0 -> "UNKNOWN";
            case 2 -> "NOT_SERVING";
            case 3 -> "SERVICE_UNKNOWN";
            default -> Integer.toString(status);
        };
    }

    private static int left(long deadline) throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("the time is over");
        }
        return (int) millis;
    }

    private static int check(Socket socket, String authority, String service, long deadline) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(PREFACE);
        frame(out, SETTINGS, 0, 0, new byte[0]);
        frame(out, HEADERS, END_HEADERS, 1, headers(authority));
        frame(out, DATA, END_STREAM, 1, message(service));
        socket.getOutputStream().write(out.toByteArray());
        socket.getOutputStream().flush();
        return answer(socket, deadline);
    }

    private static int answer(Socket socket, long deadline) throws IOException {
        var in = new DataInputStream(socket.getInputStream());
        while (true) {
            socket.setSoTimeout(left(deadline));
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & Integer.MAX_VALUE;
            if (length > MAX_FRAME) {
                throw new IOException("a frame is too large");
            }
            var payload = new byte[length];
            in.readFully(payload);
            if (type == DATA && stream == 1 && length >= 5) {
                return status(payload);
            }
            if (type == SETTINGS && (flags & ACK) == 0) {
                send(socket, SETTINGS, new byte[0]);
            } else if (type == PING && (flags & ACK) == 0) {
                send(socket, PING, payload);
            } else if (type == GOAWAY || type == RST_STREAM || (stream == 1 && (flags & END_STREAM) != 0)) {
                throw new IOException("the call was refused");
            }
        }
    }

    private static void send(Socket socket, int type, byte[] payload) throws IOException {
        var out = new ByteArrayOutputStream();
        frame(out, type, ACK, 0, payload);
        socket.getOutputStream().write(out.toByteArray());
        socket.getOutputStream().flush();
    }

    /** The status of a HealthCheckResponse: field 1, a number; left out it is 0. */
    private static int status(byte[] data) {
        var message = ByteBuffer.wrap(data, 5, data.length - 5);
        return message.remaining() >= 2 && message.get() == 0x08 ? message.get() : 0;
    }

    private static byte[] message(String service) {
        var name = service.getBytes(StandardCharsets.UTF_8);
        var proto = new ByteArrayOutputStream();
        if (name.length > 0) {
            proto.write(0x0a);
            for (int n = name.length; ; n >>>= 7) {
                if (n < 0x80) {
                    proto.write(n);
                    break;
                }
                proto.write(n & 0x7f | 0x80);
            }
            proto.writeBytes(name);
        }
        return ByteBuffer.allocate(5 + proto.size())
                .put((byte) 0)
                .putInt(proto.size())
                .put(proto.toByteArray())
                .array();
    }

    private static byte[] headers(String authority) {
        var out = new ByteArrayOutputStream();
        header(out, ":method", "POST");
        header(out, ":scheme", "http");
        header(out, ":path", "/grpc.health.v1.Health/Check");
        header(out, ":authority", authority);
        header(out, "content-type", "application/grpc");
        header(out, "user-agent", "kube-probe/1.36");
        header(out, "te", "trailers");
        return out.toByteArray();
    }

    /** A literal without indexing, a new name; all of ours are shorter than 127 bytes. */
    private static void header(ByteArrayOutputStream out, String name, String value) {
        out.write(0);
        out.write(name.length());
        out.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        out.write(value.length());
        out.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    private static void frame(ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload) {
        out.write(payload.length >>> 16);
        out.write(payload.length >>> 8);
        out.write(payload.length);
        out.write(type);
        out.write(flags);
        out.writeBytes(ByteBuffer.allocate(4).putInt(stream).array());
        out.writeBytes(payload);
    }
}

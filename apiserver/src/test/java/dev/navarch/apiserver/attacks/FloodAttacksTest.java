package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that make the server work by what costs them nothing, in frames of HTTP/2 (RFC 9113). */
@Timeout(180)
class FloodAttacksTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int ACK = 1;

    /** GET https://x/version, in HPACK. */
    private static final byte[] GET = {
        (byte) 0x82, (byte) 0x87, 0x04, 8, '/', 'v', 'e', 'r', 's', 'i', 'o', 'n', 0x01, 1, 'x'
    };

    private static Attacked attacked;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    private static void frame(OutputStream out, int type, int flags, int stream, byte... payload) throws IOException {
        var frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16))
                .put((byte) (payload.length >> 8))
                .put((byte) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        out.write(frame.array());
    }

    private static SSLSocket connection() throws Exception {
        var socket = attacked.server.socket("CN=mallory", "h2");
        var out = socket.getOutputStream();
        out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(out, SETTINGS, 0, 0);
        out.flush();
        return socket;
    }

    /** Whether the server ends the connection; if it answers a ping, it does not. */
    private static boolean ends(SSLSocket socket) throws IOException {
        var in = new DataInputStream(socket.getInputStream());
        try {
            while (true) {
                int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                in.skipNBytes(4 + length);
                if (type == PING && flags == ACK) {
                    return false;
                }
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException _) {
            return true;
        }
    }

    private interface Flood {
        void send(OutputStream out) throws IOException;
    }

    /** Sends as long as the server listens, and then asks whether it still does. */
    private static boolean endedBy(Flood flood) throws Exception {
        try (var socket = connection()) {
            Thread.ofVirtual().start(() -> {
                try {
                    var out = socket.getOutputStream();
                    flood.send(out);
                    frame(out, PING, 0, 0, new byte[8]);
                    out.flush();
                } catch (IOException _) {
                    // it does not listen any more
                }
            });
            return ends(socket);
        }
    }

    private static void assertOthersAreServed() throws Exception {
        assertThat(attacked.get(attacked.admin, "/version").statusCode()).isEqualTo(200);
    }

    /** CVE-2023-44487. */
    @Test
    void streamsThatAreResetAsSoonAsTheyBegin() throws Exception {
        assertThat(endedBy(out -> {
                    for (int stream = 1; stream < 4_000; stream += 2) {
                        frame(out, HEADERS, END_STREAM | END_HEADERS, stream, GET);
                        frame(out, RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
                    }
                }))
                .isTrue();
        assertOthersAreServed();
    }

    /** CVE-2025-8671: the server is made to reset them. */
    @Test
    void streamsThatTheServerMustReset() throws Exception {
        assertThat(endedBy(out -> {
                    for (int stream = 1; stream < 4_000; stream += 2) {
                        frame(out, HEADERS, END_STREAM | END_HEADERS, stream, GET);
                        frame(out, DATA, END_STREAM, stream, new byte[] {'x'}); // after its end
                    }
                }))
                .isTrue();
        assertOthersAreServed();
    }

    /** CVE-2023-45288. */
    @Test
    void headersWithoutEnd() throws Exception {
        assertThat(endedBy(out -> {
                    frame(out, HEADERS, END_STREAM, 1, GET);
                    for (int i = 0; i < 4_000; i++) {
                        frame(out, CONTINUATION, 0, 1, field(i));
                    }
                    frame(out, CONTINUATION, END_HEADERS, 1, field(0));
                }))
                .isTrue();
        assertOthersAreServed();
    }

    /** A field of 4 KiB that is not kept in the table. */
    private static byte[] field(int number) {
        var name = "x-" + number;
        var field = ByteBuffer.allocate(5 + name.length() + 4096);
        field.put((byte) 0).put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
        int rest = 4096 - 127;
        field.put((byte) 127).put((byte) (rest & 0x7f | 0x80)).put((byte) (rest >> 7));
        for (int i = 0; i < 4096; i++) {
            field.put((byte) 'a');
        }
        return field.array();
    }
}

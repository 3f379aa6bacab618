package dev.navarch.network.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Asks others. A question goes to the servers one after the other, under a number and from a port of its own, so that
 * nobody's answer to another question is taken for it.
 */
final class Forwarder {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int HEADER = 12;
    private static final int TRUNCATED = 0x02;
    private static final int MOST_BYTES = 65_535;
    /** As in kubeadm's Corefile. */
    private static final int MOST_AT_ONCE = 1000;

    private final Supplier<List<InetSocketAddress>> servers;
    private final RandomGenerator random;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);

    Forwarder(Supplier<List<InetSocketAddress>> servers, RandomGenerator random) {
        this.servers = servers;
        this.random = random;
    }

    /**
     * The first answer that comes, as it came but for its number; empty if none does.
     *
     * @param query a message of at least a header
     * @param stream whether an answer of any length can be told
     */
    Optional<byte[]> ask(byte[] query, boolean stream) {
        if (!places.tryAcquire()) {
            return Optional.empty();
        }
        try {
            for (var server : servers.get()) {
                var answer = ask(server, query, stream);
                if (answer.isPresent()) {
                    return answer;
                }
            }
            return Optional.empty();
        } finally {
            places.release();
        }
    }

    private Optional<byte[]> ask(InetSocketAddress server, byte[] query, boolean stream) {
        var own = query.clone();
        int number = random.nextInt(1 << 16);
        own[0] = (byte) (number >> 8);
        own[1] = (byte) number;
        try {
            var answer = overDatagrams(server, own);
            if (stream && answer.length >= HEADER && (answer[2] & TRUNCATED) != 0) {
                answer = overStream(server, own);
            }
            if (!answers(answer, own)) {
                return Optional.empty();
            }
            answer[0] = query[0];
            answer[1] = query[1];
            return Optional.of(answer);
        } catch (IOException e) {
            return Optional.empty(); // the next one may know
        }
    }

    private static byte[] overDatagrams(InetSocketAddress server, byte[] query) throws IOException {
        try (var socket = new DatagramSocket()) {
            socket.connect(server); // from nobody else
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.send(new DatagramPacket(query, query.length));
            var packet = new DatagramPacket(new byte[MOST_BYTES], MOST_BYTES);
            while (true) {
                socket.receive(packet);
                var answer = Arrays.copyOf(packet.getData(), packet.getLength());
                if (answers(answer, query)) {
                    return answer;
                }
            }
        }
    }

    private static boolean answers(byte[] answer, byte[] query) {
        return answer.length >= HEADER && answer[0] == query[0] && answer[1] == query[1] && answer[2] < 0;
    }

    private static byte[] overStream(InetSocketAddress server, byte[] query) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(server, (int) PATIENCE.toMillis());
            socket.setSoTimeout((int) PATIENCE.toMillis());
            var out = new DataOutputStream(socket.getOutputStream());
            var framed = new byte[query.length + 2];
            framed[0] = (byte) (query.length >> 8);
            framed[1] = (byte) query.length;
            System.arraycopy(query, 0, framed, 2, query.length);
            out.write(framed);
            out.flush();
            var in = new DataInputStream(socket.getInputStream());
            var answer = new byte[in.readUnsignedShort()];
            in.readFully(answer);
            return answer;
        }
    }
}

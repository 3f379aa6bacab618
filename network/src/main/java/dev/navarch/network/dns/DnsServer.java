package dev.navarch.network.dns;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes questions on one address, as datagrams and over streams (RFC 1035, RFC 7766), from those who may ask; others hear
 * nothing.
 */
final class DnsServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DnsServer.class);
    private static final Duration IDLE = Duration.ofSeconds(10);
    /** After what goes wrong and may go wrong again. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final int MOST_STREAMS = 1000;
    private static final int MOST_BYTES = 65_535;
    private static final int BUFFERED = 4 << 20;

    private final Answerer answerer;
    private final Predicate<InetAddress> mayAsk;
    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private DnsServer(
            Answerer answerer, Predicate<InetAddress> mayAsk, DatagramSocket datagrams, ServerSocket streams) {
        this.answerer = answerer;
        this.mayAsk = mayAsk;
        this.datagrams = datagrams;
        this.streams = streams;
    }

    /**
     * Listens at once.
     *
     * @param port 0 for any that is free; the one for streams may be another
     */
    static DnsServer start(InetAddress address, int port, Answerer answerer, Predicate<InetAddress> mayAsk)
            throws IOException {
        var datagrams = new DatagramSocket(new InetSocketAddress(address, port));
        try {
            datagrams.setReceiveBufferSize(BUFFERED);
            var server = new DnsServer(answerer, mayAsk, datagrams, new ServerSocket(port, 128, address));
            Thread.ofPlatform().name("dns").daemon().start(server::receive);
            Thread.ofVirtual().name("dns-streams").start(server::accept);
            return server;
        } catch (IOException e) {
            datagrams.close();
            throw e;
        }
    }

    int datagramPort() {
        return datagrams.getLocalPort();
    }

    int streamPort() {
        return streams.getLocalPort();
    }

    private void receive() {
        var packet = new DatagramPacket(new byte[MOST_BYTES], MOST_BYTES);
        while (!closed) {
            try {
                packet.setLength(MOST_BYTES);
                datagrams.receive(packet);
                if (mayAsk.test(packet.getAddress())) {
                    answer(Arrays.copyOf(packet.getData(), packet.getLength()), packet.getSocketAddress());
                }
            } catch (IOException | RuntimeException e) {
                if (!closed) {
                    log.warn("A question could not be taken: {}", e.toString());
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            }
        }
    }

    private void answer(byte[] query, SocketAddress asker) {
        switch (answerer.answer(query, false)) {
            case Answerer.Outcome.Known(byte[] answer) -> send(answer, asker);
            case Answerer.Outcome.Waits(var answer) ->
                Thread.ofVirtual().name("dns-forward").start(() -> send(answer.get(), asker));
            case Answerer.Outcome.Silence() -> {}
        }
    }

    private void send(byte[] answer, SocketAddress asker) {
        try {
            datagrams.send(new DatagramPacket(answer, answer.length, asker));
        } catch (IOException e) {
            log.debug("{} can't be answered: {}", asker, e.toString());
        }
    }

    private void accept() {
        while (!closed) {
            try {
                var socket = streams.accept();
                if (open.size() >= MOST_STREAMS || !mayAsk.test(socket.getInetAddress())) {
                    socket.close();
                    continue;
                }
                open.add(socket);
                Thread.ofVirtual().name("dns-stream").start(() -> serve(socket));
            } catch (IOException e) {
                if (!closed) {
                    log.warn("A stream of questions could not be taken: {}", e.toString());
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setSoTimeout((int) IDLE.toMillis());
            var in = new DataInputStream(socket.getInputStream());
            while (!closed) {
                var query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                var answer = switch (answerer.answer(query, true)) {
                    case Answerer.Outcome.Known(byte[] known) -> known;
                    case Answerer.Outcome.Waits(var waited) -> waited.get();
                    case Answerer.Outcome.Silence() -> throw new EOFException();
                };
                var framed = new byte[answer.length + 2];
                framed[0] = (byte) (answer.length >> 8);
                framed[1] = (byte) answer.length;
                System.arraycopy(answer, 0, framed, 2, answer.length);
                socket.getOutputStream().write(framed);
            }
        } catch (IOException e) {
            log.trace("A stream ends: {}", e.toString());
        } finally {
            open.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        datagrams.close();
        streams.close();
        for (var socket : open) {
            socket.close();
        }
    }
}

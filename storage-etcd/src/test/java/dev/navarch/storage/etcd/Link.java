package dev.navarch.storage.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a server on this machine that can be cut. */
public final class Link implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean down;

    public Link(int target) throws IOException {
        this.target = target;
        Thread.ofVirtual().start(this::accept);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                connect(server.accept());
            } catch (IOException _) {
                // the next one may do better
            }
        }
    }

    private void connect(Socket near) throws IOException {
        open.add(near);
        try {
            var far = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(far);
            Thread.ofVirtual().start(() -> pump(near, far));
            Thread.ofVirtual().start(() -> pump(far, near));
            if (down) {
                end(near);
                end(far);
            }
        } catch (IOException e) {
            end(near);
            throw e;
        }
    }

    private void pump(Socket from, Socket to) {
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException _) {
            // cut
        } finally {
            end(from);
            end(to);
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException _) {
            // it is of no use any more
        }
    }

    /** Ends all connections, in the middle of whatever they carry; new ones are taken. */
    public void cut() {
        open.forEach(this::end);
    }

    /** Likewise, and takes no new ones until {@link #up}. */
    public void down() {
        down = true;
        cut();
    }

    public void up() {
        down = false;
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}

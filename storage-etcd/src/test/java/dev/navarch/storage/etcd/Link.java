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

/** A way to a server on this machine that can be cut, or be silent: then what is under way arrives later. */
public final class Link implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean down;
    private boolean silent;

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
            var some = new byte[16 << 10];
            for (int length = in.read(some); length >= 0; length = in.read(some)) {
                awaitVoice();
                out.write(some, 0, length);
            }
        } catch (IOException _) {
            // cut
        } finally {
            end(from);
            end(to);
        }
    }

    private synchronized void awaitVoice() throws IOException {
        try {
            while (silent && !server.isClosed()) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Nothing comes through, and nobody is told, until {@link #speak}: so does a network that loses packets. */
    public synchronized void silence() {
        silent = true;
    }

    public synchronized void speak() {
        silent = false;
        notifyAll();
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
        speak();
        cut();
    }
}

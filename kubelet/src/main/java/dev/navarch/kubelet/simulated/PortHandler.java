package dev.navarch.kubelet.simulated;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Answers at a port of a simulated container. */
public interface PortHandler {

    /** Serves one connection; it ends when this returns. */
    void serve(InputStream in, OutputStream out) throws IOException, InterruptedException;

    /** Whatever listens at this address answers. */
    static PortHandler to(InetSocketAddress address) {
        return (in, out) -> {
            try (var socket = new Socket(address.getAddress(), address.getPort())) {
                var answers = Thread.ofVirtual().name("port-answers").start(() -> {
                    try {
                        socket.getInputStream().transferTo(out);
                        out.close();
                    } catch (IOException e) {
                        // one of the two has gone; so does the other
                    }
                });
                in.transferTo(socket.getOutputStream());
                socket.shutdownOutput();
                answers.join();
            }
        };
    }
}

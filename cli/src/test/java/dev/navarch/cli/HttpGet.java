package dev.navarch.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** One GET on a connection of its own, so that every request may meet another endpoint. */
final class HttpGet {
    private static final int TIMEOUT_MILLIS = 30_000;

    private HttpGet() {}

    static String body(String url) throws IOException {
        var uri = URI.create(url);
        try (var socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort()), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write(("GET " + uri.getPath() + " HTTP/1.0\r\nHost: " + uri.getHost() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int end = answer.indexOf("\r\n\r\n");
            if (!answer.matches("(?s)HTTP/1\\.[01] 200 .*") || end < 0) {
                throw new IOException(
                        "answer to " + url + ": " + answer.lines().findFirst().orElse("nothing"));
            }
            return answer.substring(end + 4).strip();
        }
    }
}

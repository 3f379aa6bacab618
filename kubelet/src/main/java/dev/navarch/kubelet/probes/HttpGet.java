package dev.navarch.kubelet.probes;

import dev.navarch.api.values.GoText;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * One GET that reads no more than the first line of the answer, follows nothing and trusts any certificate: what a probe
 * needs, against a peer that may misbehave in every way.
 *
 * <p>Source of the rules and texts: kubernetes pkg/probe/http/http.go.
 */
public final class HttpGet {
    private static final int MAX_LINE = 8192;

    private HttpGet() {}

    /** Where to and with what. */
    public record Target(boolean tls, String host, int port, String path, List<Map.Entry<String, String>> headers) {
        String url() {
            var shown = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
            return (tls ? "https://" : "http://") + shown + ":" + port + (path.startsWith("/") ? path : "/" + path);
        }
    }

    public static ProbeResult probe(Target target, Duration timeout) {
        try {
            int status = status(target, timeout);
            return status >= 200 && status < 400
                    ? ProbeResult.success()
                    : ProbeResult.failure("HTTP probe failed with statuscode: " + status);
        } catch (SocketTimeoutException e) {
            return ProbeResult.failure("Get " + GoText.quote(target.url())
                    + ": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        } catch (ConnectException e) {
            return ProbeResult.failure(
                    "Get " + GoText.quote(target.url()) + ": " + refused(target.host(), target.port(), e));
        } catch (IOException e) {
            return ProbeResult.failure("Get " + GoText.quote(target.url()) + ": " + e.getMessage());
        }
    }

    static String refused(String host, int port, ConnectException e) {
        var why = String.valueOf(e.getMessage()).toLowerCase(java.util.Locale.ROOT);
        return "dial tcp " + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port + ": connect: "
                + (why.contains("refused") ? "connection refused" : why);
    }

    private static int status(Target target, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos(); // a socket's timeout is one of real time
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress(target.host(), target.port()), millis(deadline));
            plain.setSoTimeout(millis(deadline));
            var socket = plain;
            if (target.tls()) {
                socket = trustingAnybody().getSocketFactory().createSocket(plain, target.host(), target.port(), true);
                socket.setSoTimeout(millis(deadline));
            }
            socket.getOutputStream().write(request(target).getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return statusOf(line(socket, new BufferedInputStream(socket.getInputStream()), deadline));
        }
    }

    private static int millis(long deadline) throws SocketTimeoutException {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            throw new SocketTimeoutException("the time is over");
        }
        return (int) left;
    }

    private static String request(Target target) {
        var path = target.path().startsWith("/") ? target.path() : "/" + target.path();
        List<String> lines = new ArrayList<>();
        lines.add("GET " + clean(path).replace(" ", "%20") + " HTTP/1.1");
        if (!has(target, "Host")) {
            var host = target.host().indexOf(':') >= 0 ? "[" + target.host() + "]" : target.host();
            lines.add("Host: " + host + ":" + target.port());
        }
        if (!has(target, "User-Agent")) {
            lines.add("User-Agent: kube-probe/1.36");
        }
        if (!has(target, "Accept")) {
            lines.add("Accept: */*");
        }
        target.headers().forEach(h -> lines.add(clean(h.getKey()) + ": " + clean(h.getValue())));
        lines.add("Connection: close");
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    private static String clean(String text) {
        return text.replace("\r", "").replace("\n", "");
    }

    private static boolean has(Target target, String name) {
        return target.headers().stream().anyMatch(h -> h.getKey().equalsIgnoreCase(name));
    }

    private static String line(Socket socket, InputStream in, long deadline) throws IOException {
        var text = new StringBuilder();
        while (text.length() < MAX_LINE) {
            socket.setSoTimeout(millis(deadline));
            int c = in.read();
            if (c == '\n') {
                return text.toString().strip();
            }
            if (c < 0) {
                throw new IOException("EOF");
            }
            text.append((char) c);
        }
        throw new IOException("malformed HTTP response");
    }

    private static int statusOf(String line) throws IOException {
        var words = line.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/")) {
            throw new IOException("malformed HTTP response " + GoText.quote(line));
        }
        try {
            return Integer.parseInt(words[1]);
        } catch (NumberFormatException e) {
            throw new IOException("malformed HTTP status code " + GoText.quote(words[1]), e);
        }
    }

    private static SSLContext trustingAnybody() throws IOException {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Anybody()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /** Probes ask whether somebody answers, not who. */
    private static final class Anybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

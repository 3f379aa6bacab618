package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.fuzz.Mutator;
import dev.navarch.api.fuzz.Rounds;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/** Spoilt requests on the wire are answered or the connection is closed, and the next one works. */
@Timeout(300)
class RequestLineFuzzTest {
    private static final int ROUNDS = 600;
    private static final List<String> TARGETS = List.of(
            "/api/v1/namespaces/default/pods/a",
            "/api/v1/namespaces/default/pods?labelSelector=a%3Db&limit=3",
            "/apis/apps/v1/namespaces/default/deployments?watch=true&timeoutSeconds=1",
            "/api/v1/namespaces/default/pods/a/exec?command=ls&stdout=true",
            "/api/v1/namespaces/default/pods/a:80/proxy/x/../y%2Fz",
            "/api/v1/namespaces/default/pods/a/log?tailLines=1",
            "/api/v1/nodes/n/proxy/metrics",
            "/api/v1/nodes/../../secret",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode",
            "/api/v1/watch/namespaces/default/pods",
            "/openapi/v3/apis/apps/v1?hash=x",
            "/readyz/etcd?verbose&exclude=ping",
            "/version",
            "/metrics");
    private static final List<String> HEADERS = List.of(
            "Accept: application/json;as=Table;g=meta.k8s.io;v=v1,*/*;q=0.5",
            "Accept-Encoding: gzip;q=1.0, identity",
            "Authorization: Bearer a.b.c",
            "Impersonate-User: someone",
            "Impersonate-Extra-x%2Fy: z",
            "If-None-Match: \"x\"",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA",
            "Upgrade: SPDY/3.1\r\nConnection: Upgrade",
            "Content-Type: application/merge-patch+json",
            "Audit-Id: x");
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "X");

    private @Nullable SSLSocket socket;
    private @Nullable InputStream in;

    @Test
    void whateverComesTheServerGoesOn() throws Exception {
        try (var server = new TestServer(true);
                var admin = server.client("CN=admin,O=system:masters")) {
            Rounds.run("request", ROUNDS, 64 << 20, 10_000, (random, mutator, trial) -> {
                var request = request(random, mutator);
                trial.input(request, request.length());
                exchange(server, request);
            });
            close();
            assertThat(server.get(admin, "/api/v1/namespaces/default").statusCode())
                    .isEqualTo(200);
            assertThat(server.get(admin, "/readyz").body()).isEqualTo("ok");
        }
    }

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static String request(Random random, Mutator mutator) {
        var target = any(random, TARGETS);
        target = random.nextInt(4) == 0 ? target : mutator.text(target).replaceAll("[\\s\\u0000]", "");
        var head = new StringBuilder(any(random, METHODS) + " " + target + " HTTP/1.1\r\nHost: localhost\r\n");
        for (int i = random.nextInt(3); i > 0; i--) {
            var header = any(random, HEADERS);
            head.append(random.nextInt(3) == 0 ? mutator.text(header).replaceAll("[\\r\\n]", "") : header)
                    .append("\r\n");
        }
        var body = random.nextInt(3) == 0 ? mutator.text("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}") : "";
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return head + "Content-Length: " + length + "\r\n\r\n" + body;
    }

    /** Sends it on the connection that is there, or on a new one if the server has closed that. */
    private void exchange(TestServer server, String request) throws Exception {
        if (socket == null) {
            socket = server.socket("CN=admin,O=system:masters");
            in = new BufferedInputStream(socket.getInputStream());
        }
        try {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            if (!answered(request.startsWith("HEAD "))) {
                close();
            }
        } catch (IOException _) {
            close();
        }
    }

    private void close() throws IOException {
        if (socket != null) {
            socket.close();
        }
        socket = null;
    }

    /** False if the connection can't be used any more. */
    private boolean answered(boolean headOnly) throws IOException {
        var head = head();
        if (head.isEmpty()) {
            return false;
        }
        int status = Integer.parseInt(head.substring(9, 12));
        int at = head.indexOf("Content-Length: ");
        if (at < 0 || status == 101) {
            return false; // a stream
        }
        int length = Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)));
        if (headOnly) {
            return !head.contains("Connection: close");
        }
        var body = in.readNBytes(length);
        assertThat(new String(body, StandardCharsets.UTF_8)).doesNotContain("panic");
        if (status >= 400 && head.contains("application/json")) {
            assertThat(JsonMapper.shared().readTree(body).path("kind").asString(""))
                    .isEqualTo("Status");
        }
        return !head.contains("Connection: close");
    }

    private String head() throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                return "";
            }
            head.append((char) c);
        }
        return head.toString();
    }
}

package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class StreamingTest {
    private static final String POD = "/api/v1/namespaces/ns/pods/web";
    private TestServer server;
    private FakeKubelet kubelet;
    private HttpClient admin;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer();
        kubelet = new FakeKubelet(server.certificates);
        admin = server.client("CN=admin,O=system:masters");
        server.api.put("", "nodes", "", """
                {"metadata":{"name":"n1"},"status":{"addresses":[{"type":"Hostname","address":"nowhere.invalid"},
                {"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}""".formatted(kubelet.port()));
        pod("web", "n1", "main", "raw", "refusing", "redirecting", "missing");
        pod("lonely", "n1", "main");
        pod("pending", "", "main");
        pod("lost", "n2", "main");
    }

    private void pod(String name, String node, String... containers) {
        var list = new StringBuilder();
        for (var container : containers) {
            list.append(list.isEmpty() ? "" : ",")
                    .append("{\"name\":\"")
                    .append(container)
                    .append("\"}");
        }
        server.api.put("", "pods", "ns", """
                {"metadata":{"name":"%s"},"spec":{"nodeName":"%s","containers":[%s],
                "initContainers":[{"name":"init"}]}}""".formatted(name, node, list));
    }

    @AfterEach
    void stop() {
        admin.shutdownNow();
        server.close();
        kubelet.close();
    }

    @Test
    void logsAreHandedOnAsTheyCome() throws Exception {
        var answer = admin.send(
                server.request("/api/v1/namespaces/ns/pods/lonely/log?follow=true&tailLines=5")
                        .build(),
                BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains("text/plain");
        var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
        assertThat(lines.readLine()).isEqualTo("first");
        kubelet.logReleased.countDown();
        assertThat(lines.readLine()).isEqualTo("second");
        assertThat(lines.readLine()).isNull();
        assertThat(kubelet.requests.getFirst())
                .startsWith("GET /containerLogs/ns/lonely/main?follow=true&tailLines=5 as")
                .contains("CN=kube-apiserver-kubelet-client");
    }

    @Test
    void theChecksBeforeTheKubelet() throws Exception {
        assertThat(server.get(admin, POD + "/log").body())
                .contains("\"code\":400")
                .contains("a container name must be specified for pod web, choose one of: [init main raw refusing");
        assertThat(server.get(admin, POD + "/log?container=nope").body())
                .contains("container nope is not valid for pod web");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/pods/none/log").body())
                .contains("pods \\\"none\\\" not found");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/pods/lonely/log?tailLines=-1")
                        .body())
                .contains("PodLogOptions \\\"lonely\\\" is invalid: tailLines: Invalid value: -1: must be greater");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/pods/pending/log").statusCode())
                .isEqualTo(204);
        assertThat(server.post(admin, "/api/v1/namespaces/ns/pods/pending/exec?stdout=1&command=x", "")
                        .body())
                .contains("pod pending does not have a host assigned");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/pods/lost/log").body())
                .contains("nodes \\\"n2\\\" not found");
        assertThat(server.post(admin, POD + "/exec?container=main&stdout=1&command=x", "")
                        .body())
                .contains("Upgrade request required");
        assertThat(server.post(admin, POD + "/exec?container=main&command=x", "")
                        .body())
                .contains("you must specify at least 1 of stdin, stdout, stderr");
        assertThat(server.get(admin, POD + "/log?container=missing").body())
                .contains("\"code\":400")
                .contains("is waiting to start");
    }

    @Test
    void spdyIsJoinedByteForByte() throws Exception {
        try (var socket = server.socket("CN=admin,O=system:masters")) {
            send(
                    socket,
                    "POST " + POD + "/exec?container=raw&stdin=1&stdout=1&command=sh&command=-c HTTP/1.1\r\n"
                            + "Host: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nAuthorization: Bearer secret\r\n"
                            + "X-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n");
            var in = socket.getInputStream();
            assertThat(head(in))
                    .startsWith("HTTP/1.1 101 ")
                    .containsIgnoringCase("x-stream-protocol-version: v4.channel.k8s.io");
            assertThat(new String(in.readNBytes(3), StandardCharsets.UTF_8)).isEqualTo("hi ");
            for (int i = 0; i < 100; i++) {
                var bytes = ("round " + i + " ").repeat(1000);
                send(socket, bytes);
                assertThat(new String(in.readNBytes(bytes.length()), StandardCharsets.UTF_8))
                        .isEqualTo(bytes);
            }
        }
        assertThat(kubelet.sessionClosed.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(kubelet.requests.getFirst())
                .startsWith("POST /exec/ns/web/raw?input=1&output=1&command=sh&command=-c as")
                .contains("[v4.channel.k8s.io]")
                .endsWith("auth=null");
    }

    @Test
    void aRefusedUpgradeIsTheAnswerAndEndsTheConnection() throws Exception {
        for (var container : java.util.List.of("refusing", "redirecting")) {
            try (var socket = server.socket("CN=admin,O=system:masters")) {
                send(
                        socket,
                        "POST " + POD + "/exec?stdout=1&command=sh&container=" + container + " HTTP/1.1\r\n"
                                + "Host: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: 0\r\n\r\n"
                                + "GET /api/v1/nodes/n1 HTTP/1.1\r\nHost: x\r\n\r\n");
                var all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(all)
                        .startsWith(container.equals("refusing") ? "HTTP/1.1 500" : "HTTP/1.1 302")
                        .contains("Connection: close");
                assertThat(all.split("HTTP/1.1", -1)).as("one answer").hasSize(2);
                if (container.equals("refusing")) {
                    assertThat(all).endsWith("{\"kind\":\"Status\",\"message\":\"no way\"}");
                }
            }
        }
        assertThat(kubelet.requests).noneMatch(request -> request.contains("/elsewhere"));
    }

    @Test
    void webSocketChannelsBecomeSpdyStreams() throws Exception {
        var session = new Session(false);
        var socket = open("/exec?container=main&stdin=1&stdout=1&stderr=1&command=sh", "v5.channel.k8s.io", session);
        assertThat(socket.getSubprotocol()).isEqualTo("v5.channel.k8s.io");
        socket.sendBinary(message(0, "hello"), true).get();
        session.await(1, "HELLO");
        socket.sendBinary(message(0, "flood"), true).get();
        session.await(1, "x".repeat(64 * 64 * 1024));
        socket.sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).get(); // end of input
        session.await(2, "bye");
        session.await(3, "\"message\":\"7\"");
        assertThat(session.closed.get(60, TimeUnit.SECONDS)).isEqualTo(1000);
        assertThat(session.text(1)).startsWith("HELLOFLOODxxx");
        assertThat(kubelet.requests.getFirst())
                .startsWith("POST /exec/ns/web/main?input=1&output=1&error=1&command=sh");
        assertThat(kubelet.sessionClosed.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void terminalsAreResized() throws Exception {
        var session = new Session(false);
        var socket = open("/attach?container=main&stdin=1&stdout=1&stderr=1&tty=1", "v4.channel.k8s.io", session);
        socket.sendBinary(message(4, "{\"Width\":80,\"Height\":25}"), true).get();
        session.await(1, "size {\"Width\":80,\"Height\":25}");
        socket.sendBinary(message(0, "exit"), true).get();
        session.await(3, "ExitCode");
        assertThat(session.text(2)).isEmpty();
    }

    @Test
    void base64ChannelsAreText() throws Exception {
        var session = new Session(true);
        var socket = open("/exec?container=main&stdin=1&stdout=1&command=sh", "v4.base64.channel.k8s.io", session);
        socket.sendText("0" + Base64.getEncoder().encodeToString("hello".getBytes(StandardCharsets.UTF_8)), true)
                .get();
        session.await(1, "HELLO");
        socket.abort();
        assertThat(kubelet.sessionClosed.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatTheKubeletRefusesComesAsAStatusOnTheErrorChannel() throws Exception {
        var session = new Session(false);
        open("/exec?container=refusing&stdout=1&command=sh", "v5.channel.k8s.io", session);
        session.await(3, "no way");
        assertThat(session.text(3)).contains("\"status\":\"Failure\"");
        assertThat(session.closed.get(60, TimeUnit.SECONDS)).isEqualTo(1000);
    }

    /** By hand, since the JDK's client refuses the subprotocol's slash. */
    @Test
    void portForwardIsTunnelledThroughWebSockets() throws Exception {
        try (var socket = server.socket("CN=admin,O=system:masters")) {
            send(
                    socket,
                    "GET " + POD + "/portforward HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            + "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n");
            var in = socket.getInputStream();
            assertThat(head(in))
                    .startsWith("HTTP/1.1 101 ")
                    .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                    .contains("Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io");
            for (var text : java.util.List.of("there ", "and back")) {
                socket.getOutputStream().write(new byte[] {(byte) 0x82, (byte) (0x80 | text.length()), 0, 0, 0, 0});
                send(socket, text);
            }
            var received = new StringBuilder();
            while (received.length() < "hi there and back".length()) {
                assertThat(in.read()).isEqualTo(0x82);
                received.append(new String(in.readNBytes(in.read()), StandardCharsets.UTF_8));
            }
            assertThat(received).hasToString("hi there and back");
        }
        assertThat(kubelet.sessionClosed.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(kubelet.requests.getFirst())
                .startsWith("POST /portForward/ns/web as")
                .contains("[portforward.k8s.io]");
    }

    @Test
    void openingAShellByGetTakesTheRightToCreate() throws Exception {
        var rbac = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
        server.post(admin, rbac, """
                {"metadata":{"name":"looker"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["*"]}]}""");
        server.post(admin, rbac.replace("roles", "rolebindings"), """
                {"metadata":{"name":"looker"},"roleRef":{"kind":"ClusterRole","name":"looker"},
                "subjects":[{"kind":"User","name":"looker"}]}""");
        try (var looker = server.client("CN=looker")) {
            Eventually.is(() -> server.get(looker, "/api/v1/nodes/n1").statusCode(), status -> status == 200);
            var path = POD + "/exec?container=main&stdout=1&command=sh";
            assertThat(server.get(looker, path).body())
                    .contains("User \\\"looker\\\" cannot create resource \\\"pods/exec\\\"");
            assertThat(server.post(looker, path, "").statusCode()).isEqualTo(403);
        }
        assertThat(kubelet.requests).isEmpty();
    }

    @Test
    void nodesAreProxied() throws Exception {
        var answer = server.get(admin, "/api/v1/nodes/n1/proxy/stats/summary?only=x");
        assertThat(answer.body()).isEqualTo("proxied GET /stats/summary?only=x");
        assertThat(admin.send(
                                server.request("/api/v1/nodes/n1/proxy/run")
                                        .POST(HttpRequest.BodyPublishers.ofString("body"))
                                        .build(),
                                BodyHandlers.ofString())
                        .body())
                .isEqualTo("proxied POST /run");
        assertThat(server.get(admin, "/api/v1/nodes/n1/proxy/redirecting").statusCode())
                .isEqualTo(302);
    }

    @Test
    void theServersOwnMachineIsNotReachedThroughProxies() throws Exception {
        server.api.put("", "pods", "ns", """
                {"metadata":{"name":"evil"},"spec":{"nodeName":"n1","containers":[{"name":"c"}]},
                "status":{"podIP":"127.0.0.1"}}""");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/pods/evil:2379/proxy/")
                        .body())
                .contains("address not allowed");
        server.api.put("", "services", "ns", """
                {"metadata":{"name":"svc"},"spec":{"ports":[{"name":"http","port":80}]}}""");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/services/svc:http/proxy/")
                        .body())
                .contains("no endpoints available for service \\\"svc\\\"");
        assertThat(server.get(admin, "/api/v1/namespaces/ns/services/svc:other/proxy/")
                        .body())
                .contains("no service port \\\"other\\\" found for service \\\"svc\\\"");
    }

    @Test
    void aMissingSubprotocolIsRefusedInHttp() {
        assertThat(org.junit.jupiter.api.Assertions.assertThrows(
                                ExecutionException.class,
                                () -> open(
                                        "/exec?container=main&stdout=1&command=sh", "v9.unknown", new Session(false)))
                        .getCause())
                .isInstanceOf(WebSocketHandshakeException.class);
    }

    private WebSocket open(String subresource, String protocol, WebSocket.Listener listener) throws Exception {
        return webSocket(POD + subresource, protocol, listener);
    }

    private WebSocket webSocket(String path, String protocol, WebSocket.Listener listener) throws Exception {
        return admin.newWebSocketBuilder()
                .subprotocols(protocol)
                .buildAsync(
                        URI.create("wss://localhost:" + server.server.address().getPort() + path), listener)
                .get();
    }

    private static ByteBuffer message(int channel, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(bytes.length + 1)
                .put((byte) channel)
                .put(bytes)
                .flip();
    }

    private static void send(SSLSocket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int c = in.read();
            if (c < 0) {
                break;
            }
            head.append((char) c);
        }
        return head.toString();
    }

    /** Collects what comes on each channel. */
    private static final class Session implements WebSocket.Listener {
        private static final Duration PATIENCE = Duration.ofMinutes(2);
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final boolean base64;
        private final Map<Integer, StringBuffer> channels = new ConcurrentHashMap<>();
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        private final StringBuilder text = new StringBuilder();

        Session(boolean base64) {
            this.base64 = base64;
        }

        String text(int channel) {
            return channels.getOrDefault(channel, new StringBuffer()).toString();
        }

        synchronized void await(int channel, String expected) throws InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!text(channel).contains(expected)) {
                assertThat(System.nanoTime())
                        .as("channel %d: %s", channel, text(channel))
                        .isLessThan(deadline);
                wait(1_000);
            }
        }

        private synchronized void add(int channel, byte[] bytes) {
            channels.computeIfAbsent(channel, _ -> new StringBuffer())
                    .append(new String(bytes, StandardCharsets.UTF_8));
            notifyAll();
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
            var copy = new byte[data.remaining()];
            data.get(copy);
            binary.writeBytes(copy);
            if (last) {
                var whole = binary.toByteArray();
                binary.reset();
                add(whole[0], java.util.Arrays.copyOfRange(whole, 1, whole.length));
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                assertThat(base64).isTrue();
                add(text.charAt(0) - '0', Base64.getDecoder().decode(text.substring(1)));
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closed.complete(statusCode);
            return null;
        }
    }
}

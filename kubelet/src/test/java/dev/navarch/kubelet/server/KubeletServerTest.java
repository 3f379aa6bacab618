package dev.navarch.kubelet.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Json;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.KubeletConfig;
import dev.navarch.kubelet.certificates.Certified;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ExecRequest;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class KubeletServerTest {
    @TempDir
    Path root;

    private final ManualTime time = new ManualTime(Instant.parse("2026-03-01T10:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ContainerRuntime runtime = streaming(new SimulatedRuntime(time, new Random(2), "10.244.1.0/24"));
    private X509Bundle ca;
    private Kubelet kubelet;
    private KubeletServer server;

    /** Knows one token, lets its owner see figures and somebody else everything but commands, and counts its verdicts. */
    private final Transport judge = new Transport() {
        @Override
        public Response send(Request request) {
            var review = (ObjectNode) Json.mapper().readTree(request.body());
            judged.incrementAndGet();
            var spec = review.path("spec");
            var status = review.putObject("status");
            if (request.path().endsWith("/tokenreviews")) {
                boolean good = spec.path("token").asString().equals("good");
                status.put("authenticated", good);
                status.putObject("user")
                        .put("username", "scraper")
                        .putArray("groups")
                        .add("system:authenticated");
            } else {
                var attributes = spec.path("resourceAttributes");
                var what = attributes.path("verb").asString() + " "
                        + attributes.path("subresource").asString() + " "
                        + attributes.path("name").asString();
                status.put(
                        "allowed",
                        Set.of("scraper get metrics n1", "peeper get proxy n1")
                                .contains(spec.path("user").asString() + " " + what));
            }
            return Answer.of(review);
        }

        @Override
        public void close() {}
    };

    private record Answer(byte[] body) implements Response {
        static Answer of(ObjectNode tree) {
            return new Answer(Json.mapper().writeValueAsBytes(tree));
        }

        @Override
        public int status() {
            return 201;
        }

        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public byte[] readAll() {
            return body;
        }

        @Override
        public byte @Nullable [] readFrame() {
            return null;
        }

        @Override
        public void close() {}
    }

    private final AtomicInteger judged = new AtomicInteger();
    private volatile @Nullable URI stream;
    private volatile @Nullable ExecRequest asked;

    /** A simulated engine with one streaming endpoint, which the test plays. */
    private ContainerRuntime streaming(ContainerRuntime simulated) {
        return (ContainerRuntime) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ContainerRuntime.class}, (_, method, arguments) -> {
                    var there = stream;
                    if (method.getName().equals("exec") && there != null) {
                        asked = (ExecRequest) arguments[0];
                        return there;
                    }
                    try {
                        return method.invoke(simulated, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @BeforeEach
    void start() throws Exception {
        ca = new CertificateBuilder()
                .subject("CN=ca")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        var own = new CertificateBuilder()
                .subject("CN=system:node:n1")
                .addSanIpAddress("127.0.0.1")
                .buildIssuedBy(ca);
        var certified = new Certified(own.getKeyPair().getPrivate(), List.of(own.getCertificatePath()));
        kubelet = new Kubelet(KubeletConfig.of("n1", root, "192.0.2.1"), api.client(), runtime, time);
        kubelet.start();
        server = KubeletServer.start(
                new KubeletServerConfig(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        () -> certified,
                        List.of(ca.getCertificate()),
                        Set.of("kube-apiserver"),
                        Optional.of(new ApiClient(judge, "kubelet")),
                        KubeletServerConfig.PROTOCOLS,
                        List.of(),
                        false),
                () -> List.of(kubelet),
                time);
        api.client()
                .resource(Pod.class)
                .create(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("a")
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName("n1")
                        .addNewContainer()
                        .withName("c")
                        .withImage("busybox:1")
                        .endContainer()
                        .endSpec()
                        .build());
        Await.until(
                "the pod runs",
                () -> kubelet.pod("default", "a")
                        .filter(p -> p.getStatus() != null
                                && "Running".equals(p.getStatus().getPhase()))
                        .isPresent());
    }

    @AfterEach
    void stop() {
        server.close();
        kubelet.close();
    }

    private Socket connect(Optional<String> user) throws Exception {
        var context = SSLContext.getInstance("TLS");
        if (user.isPresent()) {
            var bundle = new CertificateBuilder().subject("CN=" + user.get()).buildIssuedBy(ca);
            context.init(
                    bundle.toKeyManagerFactory().getKeyManagers(),
                    ca.toTrustManagerFactory().getTrustManagers(),
                    null);
        } else {
            context.init(null, ca.toTrustManagerFactory().getTrustManagers(), null);
        }
        return context.getSocketFactory().createSocket("127.0.0.1", server.port());
    }

    private String ask(Optional<String> user, String path) throws Exception {
        return ask(user, path, "");
    }

    private String ask(Optional<String> user, String path, String fields) throws Exception {
        try (var socket = connect(user)) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: n1\r\n" + fields + "Connection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return readUntil(socket.getInputStream(), path.contains("containerLogs") ? "0\r\n\r\n" : "");
        }
    }

    /** Reads an answer with a length, or up to a mark. */
    private static String readUntil(InputStream in, String mark) throws Exception {
        var text = new StringBuilder();
        while (true) {
            int c = in.read();
            if (c < 0) {
                return text.toString();
            }
            text.append((char) c);
            if (!mark.isEmpty() && text.toString().endsWith(mark)) {
                return text.toString();
            }
            int head = text.indexOf("\r\n\r\n");
            if (mark.isEmpty() && head > 0) {
                var lower = text.substring(0, head).toLowerCase(java.util.Locale.ROOT);
                int at = lower.indexOf("content-length: ");
                int length =
                        at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16).split("\r\n")[0]);
                if (text.length() == head + 4 + length) {
                    return text.toString();
                }
            }
        }
    }

    @Test
    void onlyTheApiServerIsLetIn() throws Exception {
        assertThat(ask(Optional.empty(), "/healthz")).startsWith("HTTP/1.1 401");
        assertThat(ask(Optional.of("somebody"), "/pods"))
                .startsWith("HTTP/1.1 403")
                .contains("user=somebody");
        assertThat(ask(Optional.of("kube-apiserver"), "/healthz"))
                .startsWith("HTTP/1.1 200")
                .endsWith("ok");
        assertThat(ask(Optional.of("admin,O=system:masters"), "/healthz")).startsWith("HTTP/1.1 200");
    }

    @Test
    void othersMayWhatTheApiServerSaysThatTheyMay() throws Exception {
        var good = "Authorization: Bearer good\r\n";
        assertThat(ask(Optional.empty(), "/metrics", "Authorization: Bearer bad\r\n"))
                .startsWith("HTTP/1.1 401");
        assertThat(ask(Optional.empty(), "/metrics", good)).startsWith("HTTP/1.1 200");
        assertThat(ask(Optional.empty(), "/metrics/resource", good)).startsWith("HTTP/1.1 200");
        assertThat(judged).as("reviews").hasValue(3);
        time.advance(Duration.ofMinutes(6));
        assertThat(ask(Optional.empty(), "/metrics", good)).startsWith("HTTP/1.1 200");
        assertThat(judged).as("reviews, when verdicts are old").hasValue(5);
        assertThat(ask(Optional.empty(), "/pods", good))
                .startsWith("HTTP/1.1 403")
                .contains("Forbidden (user=scraper, verb=get, resource=nodes, subresource(s)=[pods proxy])");
        assertThat(ask(Optional.of("peeper"), "/pods")).startsWith("HTTP/1.1 200");
        assertThat(ask(Optional.of("peeper"), "/metrics")).startsWith("HTTP/1.1 403");
    }

    /** Upstream takes it for a get, so that who may look at a node may run commands in its pods. */
    @Test
    void whoMayOnlyGetRunsNoCommandsByAnUpgradedGet() throws Exception {
        assertThat(ask(
                        Optional.of("peeper"),
                        "/exec/default/a/c?command=id&output=1",
                        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"))
                .startsWith("HTTP/1.1 403")
                .contains("verb=create");
        assertThat(ask(Optional.of("peeper"), "/run/default/a/c?cmd=id")).startsWith("HTTP/1.1 403");
    }

    @Test
    void logsAreServed() throws Exception {
        assertThat(ask(Optional.of("kube-apiserver"), "/containerLogs/default/a/c"))
                .startsWith("HTTP/1.1 200")
                .contains("simulated container started\n");
    }

    @Test
    void podsAndFiguresAreServed() throws Exception {
        assertThat(ask(Optional.of("kube-apiserver"), "/pods")).contains("\"kind\":\"PodList\"", "\"name\":\"a\"");
        assertThat(ask(Optional.of("kube-apiserver"), "/metrics/resource"))
                .contains(
                        "container_memory_working_set_bytes{container=\"c\",namespace=\"default\",pod=\"a\"} 1048576");
        assertThat(ask(Optional.of("kube-apiserver"), "/stats/summary")).contains("\"usageCoreNanoSeconds\"");
        assertThat(ask(Optional.of("kube-apiserver"), "/nothing")).startsWith("HTTP/1.1 404");
    }

    private static final String UPGRADE = " HTTP/1.1\r\nHost: n1\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";

    @Test
    void upgradeBecomesAPipeToTheEngine() throws Exception {
        try (var engine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = connect(Optional.of("kube-apiserver"))) {
            stream = URI.create("http://127.0.0.1:" + engine.getLocalPort() + "/exec/token1");
            client.getOutputStream()
                    .write(("POST /exec/default/a/c?command=sh&command=-c&input=1&output=1" + UPGRADE + "early")
                            .getBytes(StandardCharsets.US_ASCII));
            try (var accepted = engine.accept()) {
                var head = readUntil(accepted.getInputStream(), "\r\n\r\n");
                assertThat(head).startsWith("POST /exec/token1 HTTP/1.1\r\n").contains("Upgrade: SPDY/3.1");
                assertThat(new String(accepted.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                        .isEqualTo("early");
                accepted.getOutputStream()
                        .write("HTTP/1.1 101 Switching Protocols\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
                assertThat(readUntil(client.getInputStream(), "hello")).startsWith("HTTP/1.1 101");
                client.getOutputStream().write("later".getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(accepted.getInputStream().readNBytes(5), StandardCharsets.US_ASCII))
                        .isEqualTo("later");
            }
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        var request = asked;
        assertThat(request).isNotNull();
        assertThat(request.command()).containsExactly("sh", "-c");
        assertThat(request.stdin()).isTrue();
        assertThat(request.stderr()).isFalse();
    }

    @Test
    void simulatedContainersRefuseCommandsPlainly() throws Exception {
        try (var client = connect(Optional.of("kube-apiserver"))) {
            client.getOutputStream()
                    .write(("POST /exec/default/a/c?command=sh&output=1" + UPGRADE)
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(readUntil(client.getInputStream(), ""))
                    .startsWith("HTTP/1.1 501")
                    .contains("this node is simulated");
        }
    }
}

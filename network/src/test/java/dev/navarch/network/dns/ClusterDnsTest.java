package dev.navarch.network.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Json;
import dev.navarch.time.SystemTime;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Asked over the wire, as a pod's resolver asks; the names and what they mean are those of the specification. */
class ClusterDnsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final SystemTime time = new SystemTime();
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ApiClient client = api.client();

    @TempDir
    private Path folder;

    private ClusterDns dns;

    @BeforeEach
    void start() throws Exception {
        put(Namespace.class, "{metadata: {name: shop}}");
        put(Service.class, """
                metadata: {name: web, namespace: shop}
                spec:
                  clusterIP: 10.96.0.20
                  clusterIPs: [10.96.0.20, "fd00::20"]
                  ports: [{name: http, port: 80}, {name: talk, port: 81, protocol: UDP}]
                """);
        put(
                Service.class,
                "{metadata: {name: db, namespace: shop}, spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}}");
        put(Service.class, "{metadata: {name: empty, namespace: shop}, spec: {clusterIP: None}}");
        put(
                Service.class,
                "{metadata: {name: far, namespace: shop}, spec: {type: ExternalName, externalName: db.example.com}}");
        put(
                Service.class,
                "{metadata: {name: near, namespace: shop}, spec: {type: ExternalName, externalName: web.shop.svc.cluster.local}}");
        put(EndpointSlice.class, """
                metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
                addressType: IPv4
                ports: [{name: sql, port: 5432, protocol: TCP}]
                endpoints:
                - {addresses: [10.244.0.5], hostname: db-0, conditions: {ready: true}}
                - {addresses: [10.244.0.6], conditions: {}}
                - {addresses: [10.244.0.7], hostname: db-2, conditions: {ready: false}}
                """);
        Files.writeString(folder.resolve("resolv.conf"), "# nobody to ask\n");
        dns = ClusterDns.start(
                new DnsConfig(
                        "cluster.local",
                        "10.96.0.10",
                        HERE.getHostAddress(),
                        "n1",
                        List.of("127.0.0.1/32"),
                        folder.resolve("resolv.conf")),
                client,
                time,
                new Random(2));
    }

    @AfterEach
    void stop() throws IOException {
        dns.close();
        time.close();
    }

    private <T extends HasMetadata> void put(Class<T> type, String yaml) {
        api.put(Json.mapper().convertValue(new Load(LoadSettings.builder().build()).loadFromString(yaml), type));
    }

    private int port(String name) {
        return client.resource(EndpointSlice.class).get("kube-system", "kube-dns").orElseThrow().getPorts().stream()
                .filter(port -> port.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getPort();
    }

    private Message ask(Message query) throws IOException {
        try (var socket = new DatagramSocket(0, HERE)) {
            socket.setSoTimeout(60_000);
            var bytes = query.toWire();
            socket.send(new DatagramPacket(bytes, bytes.length, HERE, port("dns")));
            var packet = new DatagramPacket(new byte[65_535], 65_535);
            socket.receive(packet);
            return new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        }
    }

    private Message askOverStream(Message query) throws IOException {
        try (var socket = new Socket(HERE, port("dns-tcp"))) {
            socket.setSoTimeout(60_000);
            var out = new DataOutputStream(socket.getOutputStream());
            var bytes = query.toWire();
            out.writeShort(bytes.length);
            out.write(bytes);
            var in = new DataInputStream(socket.getInputStream());
            var answer = new byte[in.readUnsignedShort()];
            in.readFully(answer);
            return new Message(answer);
        }
    }

    private static Message query(String name, String type) {
        try {
            return Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), Type.value(type), DClass.IN));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The code, and the answers' data in order. */
    private static String said(Message answer) {
        return Rcode.string(answer.getRcode())
                + answer.getSection(Section.ANSWER).stream()
                        .map(record -> " " + Type.string(record.getType()) + " " + record.rdataToString())
                        .sorted()
                        .collect(Collectors.joining(","));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            web.shop.svc.cluster.local               | A    | NOERROR A 10.96.0.20
            WEB.Shop.svc.cluster.LOCAL               | A    | NOERROR A 10.96.0.20
            web.shop.svc.cluster.local               | AAAA | NOERROR AAAA fd00:0:0:0:0:0:0:20
            web.shop.svc.cluster.local               | TXT  | NOERROR
            other.shop.svc.cluster.local             | A    | NXDOMAIN
            web.other.svc.cluster.local              | A    | NXDOMAIN
            shop.svc.cluster.local                   | A    | NOERROR
            svc.cluster.local                        | A    | NOERROR
            other.svc.cluster.local                  | A    | NXDOMAIN
            other.cluster.local                      | A    | NXDOMAIN
            _http._tcp.web.shop.svc.cluster.local    | SRV  | NOERROR SRV 0 100 80 web.shop.svc.cluster.local.
            _talk._udp.web.shop.svc.cluster.local    | SRV  | NOERROR SRV 0 100 81 web.shop.svc.cluster.local.
            _talk._tcp.web.shop.svc.cluster.local    | SRV  | NXDOMAIN
            _http._tcp.web.shop.svc.cluster.local    | A    | NOERROR
            _tcp.web.shop.svc.cluster.local          | A    | NOERROR
            web.shop.svc.cluster.local               | SRV  | NOERROR SRV 0 50 80 web.shop.svc.cluster.local., SRV 0 50 81 web.shop.svc.cluster.local.
            db.shop.svc.cluster.local                | A    | NOERROR A 10.244.0.5, A 10.244.0.6
            db-0.db.shop.svc.cluster.local           | A    | NOERROR A 10.244.0.5
            10-244-0-6.db.shop.svc.cluster.local     | A    | NOERROR A 10.244.0.6
            db-2.db.shop.svc.cluster.local           | A    | NXDOMAIN
            _sql._tcp.db.shop.svc.cluster.local      | SRV  | NOERROR SRV 0 50 5432 10-244-0-6.db.shop.svc.cluster.local., SRV 0 50 5432 db-0.db.shop.svc.cluster.local.
            empty.shop.svc.cluster.local             | A    | NXDOMAIN
            10-244-0-9.shop.pod.cluster.local        | A    | NOERROR A 10.244.0.9
            fd00--9.shop.pod.cluster.local           | AAAA | NOERROR AAAA fd00:0:0:0:0:0:0:9
            10-244-0-9.other.pod.cluster.local       | A    | NXDOMAIN
            web.shop.pod.cluster.local               | A    | NXDOMAIN
            near.shop.svc.cluster.local              | A    | NOERROR A 10.96.0.20, CNAME web.shop.svc.cluster.local.
            far.shop.svc.cluster.local               | A    | NOERROR CNAME db.example.com.
            far.shop.svc.cluster.local               | CNAME| NOERROR CNAME db.example.com.
            dns-version.cluster.local                | TXT  | NOERROR TXT "1.1.0"
            cluster.local                            | NS   | NOERROR NS ns.dns.cluster.local.
            ns.dns.cluster.local                     | A    | NOERROR A 127.0.0.1
            20.0.96.10.in-addr.arpa                  | PTR  | NOERROR PTR web.shop.svc.cluster.local.
            5.0.244.10.in-addr.arpa                  | PTR  | NOERROR PTR db-0.db.shop.svc.cluster.local.
            6.0.244.10.in-addr.arpa                  | PTR  | NOERROR PTR 10-244-0-6.db.shop.svc.cluster.local.
            7.0.244.10.in-addr.arpa                  | PTR  | SERVFAIL
            example.com                              | A    | SERVFAIL
            """)
    void namesMeanWhatTheSpecificationSays(String name, String type, String said) throws IOException {
        assertThat(said(ask(query(name, type)))).isEqualTo(said);
    }

    @Test
    void whatIsNotThereIsToldWithWhoSaysSo() throws IOException {
        var answer = ask(query("other.shop.svc.cluster.local", "A"));
        assertThat(answer.getSection(Section.AUTHORITY)).singleElement().satisfies(record -> {
            assertThat(record.getName().toString()).isEqualTo("cluster.local.");
            assertThat(record.getType()).isEqualTo(Type.SOA);
        });
        assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    }

    @Test
    void theServiceHasItsUsualAddressAndPorts() {
        var service =
                client.resource(Service.class).get("kube-system", "kube-dns").orElseThrow();
        assertThat(service.getSpec().getClusterIP()).isEqualTo("10.96.0.10").isEqualTo(dns.serviceIp());
        assertThat(service.getSpec().getPorts())
                .extracting(port -> port.getName() + " " + port.getPort() + "/" + port.getProtocol())
                .containsExactly("dns 53/UDP", "dns-tcp 53/TCP");
        assertThat(service.getMetadata().getLabels()).containsEntry("k8s-app", "kube-dns");
    }

    @Test
    void theNextQuestionSeesAChange() throws IOException {
        put(
                Service.class,
                "{metadata: {name: new, namespace: shop}, spec: {clusterIP: 10.96.0.30, clusterIPs: [10.96.0.30]}}");
        Await.until("the service has a name", () -> {
            try {
                return said(ask(query("new.shop.svc.cluster.local", "A"))).equals("NOERROR A 10.96.0.30");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** Five hundred endpoints fit into no datagram: who is told so asks again over a stream. */
    @Test
    void whatDoesNotFitIsToldOverAStream() throws IOException {
        put(Service.class, "{metadata: {name: many, namespace: shop}, spec: {clusterIP: None}}");
        var endpoints = IntStream.range(0, 500)
                .mapToObj(i -> "{addresses: [10.244." + i / 250 + "." + (i % 250 + 1) + "]}")
                .collect(Collectors.joining(","));
        put(
                EndpointSlice.class,
                "{metadata: {name: many, namespace: shop, labels: {kubernetes.io/service-name: many}},"
                        + " addressType: IPv4, endpoints: [" + endpoints + "]}");
        var query = query("many.shop.svc.cluster.local", "A");
        Await.until("all have their address", () -> {
            try {
                return askOverStream(query).getSection(Section.ANSWER).size() == 500;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        var cut = ask(query);
        assertThat(cut.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(cut.getSection(Section.ANSWER)).hasSizeBetween(10, 40);
        query.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
        var longer = ask(query);
        assertThat(longer.getHeader().getFlag(Flags.TC)).isTrue();
        assertThat(longer.getSection(Section.ANSWER)).hasSizeGreaterThan(50);
        assertThat(longer.getOPT()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "123401000001000000000000",
                "1234010000010000000000003f",
                "12340100ffffffffffffffff0161c00c"
            })
    void nonsenseHarmsNobody(String hex) throws IOException {
        try (var socket = new DatagramSocket(0, HERE)) {
            var bytes = java.util.HexFormat.of().parseHex(hex);
            socket.send(new DatagramPacket(bytes, bytes.length, HERE, port("dns")));
        }
        assertThat(said(ask(query("web.shop.svc.cluster.local", "A")))).isEqualTo("NOERROR A 10.96.0.20");
    }

    /** Other names go to whom the node asks, the first that answers; what comes is told as it came. */
    @Test
    void otherNamesAreAskedOfOthers() throws Exception {
        try (var upstream = new DatagramSocket(0, HERE)) {
            var forwarder =
                    new Forwarder(() -> List.of(new InetSocketAddress(HERE, upstream.getLocalPort())), new Random(3));
            var thread = Thread.ofVirtual().start(() -> {
                try {
                    var packet = new DatagramPacket(new byte[512], 512);
                    upstream.receive(packet);
                    var asked = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
                    asked.getHeader().setFlag(Flags.QR);
                    asked.addRecord(
                            new org.xbill.DNS.ARecord(
                                    asked.getQuestion().getName(), DClass.IN, 5, InetAddress.ofLiteral("192.0.2.7")),
                            Section.ANSWER);
                    var wrong = asked.toWire();
                    wrong[0] ^= 1; // the number of another question
                    upstream.send(new DatagramPacket(wrong, wrong.length, packet.getSocketAddress()));
                    var right = asked.toWire();
                    upstream.send(new DatagramPacket(right, right.length, packet.getSocketAddress()));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            var query = query("example.com", "A");
            var answer = new Message(forwarder.ask(query.toWire(), false).orElseThrow());
            thread.join();
            assertThat(said(answer)).isEqualTo("NOERROR A 192.0.2.7");
            assertThat(answer.getHeader().getID()).isEqualTo(query.getHeader().getID());
        }
    }
}

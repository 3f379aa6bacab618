package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.FakeKubelet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Through the server to where its users may not go: it has credentials, and is in a better place than they. */
@Timeout(180)
class ProxyAttacksTest {
    private static final String NODES = "/api/v1/nodes";
    private static final String WEB = Attacked.DEFAULT + "/pods/web";
    private static final String UPGRADE = " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 0\r\n\r\n";
    private static Attacked attacked;
    private static FakeKubelet kubelet;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
        kubelet = new FakeKubelet(attacked.server.certificates);
        attacked.have(Attacked.DEFAULT + "/serviceaccounts", "{'metadata':{'name':'default'}}");
        node("n1", "InternalIP", "127.0.0.1", kubelet.port());
        attacked.have(
                Attacked.DEFAULT + "/pods",
                "{'metadata':{'name':'web'},'spec':{'nodeName':'n1','containers':["
                        + "{'name':'refusing','image':'i'},{'name':'redirecting','image':'i'}]}}");
        attacked.allow(
                "looker",
                "{'verbs':['get'],'apiGroups':[''],'resources':['pods','pods/exec','nodes','nodes/proxy']}",
                NODES + "/n1/proxy/stats");
    }

    @AfterAll
    static void stop() {
        attacked.close();
        kubelet.close();
    }

    private static void node(String name, String type, String address, int port) throws Exception {
        attacked.have(NODES, "{'metadata':{'name':'" + name + "'}}");
        move(name, type, address, port);
    }

    /** As whoever may write a node's status. */
    private static void move(String name, String type, String address, int port) throws Exception {
        var answer = attacked.patch(attacked.admin, NODES + "/" + name + "/status", """
                {"status":{"addresses":[{"type":"%s","address":"%s"}],
                 "daemonEndpoints":{"kubeletEndpoint":{"Port":%d}}}}""".formatted(type, address, port));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    /** CVE-2018-1002105: what follows a refused upgrade would reach the kubelet in the server's name. */
    @ParameterizedTest
    @ValueSource(strings = {"refusing", "redirecting"})
    void aRefusedUpgradeIsNotFollowedByAnotherRequest(String container) throws Exception {
        var answers = attacked.raw(
                "CN=admin,O=system:masters",
                "POST " + WEB + "/exec?stdout=1&command=sh&container=" + container + UPGRADE.formatted("SPDY/3.1")
                        + "GET /runningpods/smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(answers.split("HTTP/1.1 ", -1)).as(answers).hasSize(2); // one answer
        assertThat(answers).contains("Connection: close").doesNotContain("101 Switching");
        assertThat(kubelet.requests).noneMatch(r -> r.contains("smuggled"));
    }

    /** CVE-2020-8559 and CVE-2018-1002102: a kubelet sends the server, or its client, somewhere else. */
    @Test
    void aKubeletsRedirectIsNeitherFollowedNorHandedOn() throws Exception {
        var answer = attacked.raw(
                "CN=admin,O=system:masters",
                "POST " + WEB + "/exec?stdout=1&command=sh&container=redirecting" + UPGRADE.formatted("SPDY/3.1"));
        assertThat(answer.toLowerCase(java.util.Locale.ROOT)).doesNotContain("location:");
        attacked.get(attacked.admin, NODES + "/n1/proxy/redirecting");
        assertThat(kubelet.requests).noneMatch(r -> r.contains("/elsewhere"));
    }

    /** A GET that becomes a WebSocket opens a shell as well as a POST. */
    @Test
    void readingPodsRunsNoCommands() throws Exception {
        var answer = attacked.raw(
                "CN=looker",
                "GET " + WEB + "/exec?stdout=1&command=sh&container=refusing"
                        + UPGRADE.formatted("websocket").replace("Upgrade\r\n", "Upgrade, close\r\n"));
        assertThat(answer).startsWith("HTTP/1.1 403").contains("cannot create resource \\\"pods/exec\\\"");
    }

    /** Nor does reading through nodes, which upstream leaves open: the kubelet runs commands for such a GET. */
    @ParameterizedTest
    @ValueSource(
            strings = {"exec/default/web/refusing?command=sh", "attach/default/web/refusing", "x/%2e%2e/exec/a/b/c"})
    void readingThroughNodesRunsNoCommands(String path) throws Exception {
        for (var protocol : List.of("websocket", "SPDY/3.1")) {
            kubelet.requests.clear();
            var answer = attacked.raw(
                    "CN=looker",
                    "GET " + NODES + "/n1/proxy/" + path
                            + UPGRADE.formatted(protocol).replace("Upgrade\r\n", "Upgrade, close\r\n"));
            assertThat(answer).startsWith("HTTP/1.1 40").doesNotContain("101 Switching");
            assertThat(kubelet.requests).isEmpty();
        }
    }

    /** CVE-2022-3294 and the audit of 2022: a node's status says that the server itself is its kubelet. */
    @Test
    void theServerIsNotItsOwnKubelet() throws Exception {
        int own = attacked.server.server.address().getPort();
        node("mirror", "InternalIP", "127.0.0.1", own);
        for (var address : List.of("127.0.0.1", "127.0.0.53", "localhost")) {
            move("mirror", address.equals("localhost") ? "Hostname" : "InternalIP", address, own);
            var answer = attacked.get(attacked.admin, NODES + "/mirror/proxy/api/v1/secrets");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(answer.body()).contains("address not allowed");
        }
    }

    /** The same node, moved after it has been looked at. */
    @Test
    void anEditedNodeLeadsNowhereElse() throws Exception {
        node("moved", "InternalIP", "127.0.0.1", kubelet.port());
        assertThat(attacked.get(attacked.admin, NODES + "/moved/proxy/stats").statusCode())
                .isEqualTo(200);
        move("moved", "InternalIP", "169.254.169.254", 80);
        assertThat(attacked.get(attacked.admin, NODES + "/moved/proxy/latest/meta-data")
                        .body())
                .contains("address not allowed");
        move("moved", "InternalIP", "127.0.0.1", kubelet.port());
        for (var port : List.of("2379", "https:moved:2379", "http:moved:8080")) {
            var name = port.contains(":") ? port : "moved:" + port;
            assertThat(attacked.get(attacked.admin, NODES + "/" + name + "/proxy/")
                            .body())
                    .as(name)
                    .contains("address not allowed");
        }
    }

    /** CVE-2020-8562: a name that is harmless when it is judged, and something else when it is connected to. */
    @Test
    void namesAreNotConnectedTo() throws Exception {
        node("rebound", "Hostname", "rebind.example", 10250);
        assertThat(attacked.get(attacked.admin, NODES + "/http:rebound:80/proxy/")
                        .body())
                .contains("address not allowed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:127.0.0.1"})
    void aPodsAddressLeadsNotToThisMachineOrLink(String address) throws Exception {
        var name = "pod-" + Integer.toHexString(address.hashCode());
        attacked.have(
                Attacked.DEFAULT + "/pods",
                "{'metadata':{'name':'" + name + "'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
        attacked.patch(
                attacked.admin,
                Attacked.DEFAULT + "/pods/" + name + "/status",
                "{\"status\":{\"podIP\":\"" + address + "\",\"podIPs\":[{\"ip\":\"" + address + "\"}]}}");
        var answer = attacked.get(attacked.admin, Attacked.DEFAULT + "/pods/" + name + ":2379/proxy/");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }

    /** CVE-2021-25737: traffic of a service to this machine, its link or its metadata. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "169.254.169.254", "224.0.0.1"})
    void endpointsAreNotOnThisMachineOrLink(String address) throws Exception {
        var slice = attacked.post(
                attacked.admin,
                "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
                "{'metadata':{'name':'evil'},'addressType':'IPv4','endpoints':[{'addresses':['" + address
                        + "']}],'ports':[{'port':80}]}");
        assertThat(slice.statusCode()).as(slice.body()).isEqualTo(422);
        var endpoints = attacked.post(
                attacked.admin,
                Attacked.DEFAULT + "/endpoints",
                "{'metadata':{'name':'evil'},'subsets':[{'addresses':[{'ip':'" + address
                        + "'}],'ports':[{'port':80}]}]}");
        assertThat(endpoints.statusCode()).as(endpoints.body()).isEqualTo(422);
    }

    /** CVE-2020-8554: whoever may write services takes others' traffic. */
    @Test
    void servicesTakeNobodysAddresses() throws Exception {
        var answer = attacked.post(
                attacked.admin,
                Attacked.DEFAULT + "/services",
                "{'metadata':{'name':'thief'},'spec':{'ports':[{'port':443}],'externalIPs':['8.8.8.8']}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
    }
}

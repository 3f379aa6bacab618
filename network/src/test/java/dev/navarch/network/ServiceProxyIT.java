package dev.navarch.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.network.Given.Member;
import dev.navarch.time.SystemTime;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy in a node made of network namespaces, with real packets. */
class ServiceProxyIT {
    private static final ProxyConfig CONFIG = Given.CONFIG;

    private final SystemTime time = new SystemTime();
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final Informers informers = new Informers(api.client(), time);
    private Lab lab;
    private ServiceProxy proxy;

    @BeforeEach
    void start() throws Exception {
        lab = new Lab();
        lab.pod("a", "10.66.0.11");
        lab.pod("b", "10.66.0.12");
        lab.pod("c", "10.66.0.13");
        informers.start();
        proxy = ServiceProxy.start(CONFIG, informers, informers, lab.node(), time);
        proxy.awaitInForce(Duration.ofMinutes(2));
    }

    @AfterEach
    void stop() throws Exception {
        if (proxy != null) {
            proxy.close();
        }
        informers.close();
        time.close();
        if (lab != null) {
            lab.close();
        }
    }

    private String page(String from, String address) {
        try {
            return lab.get(from, address).output().strip();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void awaitPage(String from, String address, String page) {
        Await.until(
                address + " gives " + page + " to " + from,
                () -> page(from, address).equals(page));
    }

    private TreeSet<String> pages(String from, String address, int tries) {
        var pages = new TreeSet<String>();
        for (int i = 0; i < tries; i++) {
            pages.add(page(from, address));
        }
        return pages;
    }

    private void web(Member... members) {
        api.put(Given.nodePort(Given.service("web", "10.96.0.1", 80), 30080));
        api.put(Given.slice("web", "TCP", 8080, members));
    }

    private static Member pod(String name) {
        return Member.ready("10.66.0.1" + ("abc".indexOf(name) + 1));
    }

    @Test
    void everyEndpointIsReachedFromEverywhere() {
        web(pod("a"), pod("b"), pod("c"));
        Await.until("the service works", () -> List.of("a", "b", "c").contains(page("a", "10.96.0.1")));
        for (var from : List.of("node", "a", "outside")) {
            assertThat(pages(from, "10.96.0.1", 40))
                    .as("ClusterIP from " + from)
                    .containsExactly("a", "b", "c");
        }
        for (var from : List.of("node", "a", "outside")) {
            assertThat(pages(from, Lab.NODE_IP + ":30080", 40))
                    .as("NodePort from " + from)
                    .containsExactly("a", "b", "c");
        }
    }

    @Test
    void podReachesItselfThroughItsService() {
        web(pod("a"));
        awaitPage("a", "10.96.0.1", "a");
    }

    @Test
    void withoutEndpointsConnectionsAreRefusedAtOnce() throws Exception {
        web();
        for (var from : List.of("node", "a", "outside")) {
            for (var address : List.of("10.96.0.1", Lab.NODE_IP + ":30080")) {
                Await.until(
                        from + " is refused at " + address,
                        () -> page(from, address).contains("refused"));
            }
        }
    }

    @Test
    void portThatTheServiceLacksIsRefused() {
        web(pod("a"));
        awaitPage("b", "10.96.0.1", "a");
        assertThat(page("b", "10.96.0.1:81")).contains("refused");
        assertThat(page("node", "10.96.0.1:81")).contains("refused");
    }

    @Test
    void endpointsComeAndGo() {
        web(pod("a"));
        awaitPage("c", "10.96.0.1", "a");
        web(pod("b"));
        awaitPage("c", "10.96.0.1", "b");
        assertThat(pages("c", "10.96.0.1", 10)).containsExactly("b");
        web(Member.ending("10.66.0.12"));
        awaitPage("c", "10.96.0.1", "b");
    }

    @Test
    void rollingOverLosesNoRequest() throws Exception {
        web(pod("a"));
        awaitPage("c", "10.96.0.1", "a");
        for (int i = 0; i < 20; i++) {
            web(pod(i % 2 == 0 ? "b" : "a"), Member.ending(i % 2 == 0 ? "10.66.0.11" : "10.66.0.12"));
            for (int j = 0; j < 5; j++) {
                var answer = lab.get("c", "10.96.0.1");
                assertThat(answer.succeeded()).as(answer.output()).isTrue();
            }
        }
    }

    @Test
    void affinityKeepsAClientWithItsEndpoint() {
        api.put(new ServiceBuilder(Given.service("web", "10.96.0.1", 80))
                .editSpec()
                .withSessionAffinity("ClientIP")
                .endSpec()
                .build());
        api.put(Given.slice("web", "TCP", 8080, pod("a"), pod("b"), pod("c")));
        Await.until("the service works", () -> List.of("a", "b", "c").contains(page("outside", "10.96.0.1")));
        assertThat(pages("outside", "10.96.0.1", 20)).hasSize(1);
    }

    @Test
    void podsReachTheOutsideMasqueraded() throws Exception {
        lab.serve("outside");
        // The outside has no route to the pods, so an answer proves the node's address in front.
        awaitPage("a", Lab.OUTSIDE_IP + ":8080", "outside");
    }

    @Test
    void udpFollowsItsEndpoint() throws Exception {
        for (var pod : List.of("a", "b")) {
            lab.start(pod, "socat", "UDP4-RECVFROM:5353,fork", "SYSTEM:cat >/dev/null; echo " + pod);
            lab.awaitListening(pod, "udp", 5353);
        }
        api.put(Given.service("dns", "10.96.0.53", "UDP", 53));
        api.put(Given.slice("dns", "UDP", 5353, pod("a")));
        Await.until("a answers", () -> ask().equals("a"));
        api.put(Given.slice("dns", "UDP", 5353, pod("b")));
        Await.until("b answers", () -> ask().equals("b"));
    }

    /** Always from the same port, so that it is one conversation. */
    private String ask() {
        try {
            return lab.host("c")
                    .run(List.of("socat", "-t", "0.3", "-", "UDP4:10.96.0.53:53,sourceport=4000,reuseaddr"), "?\n")
                    .output()
                    .strip();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void hostPortLeadsIntoItsPod() {
        api.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("a")
                .endMetadata()
                .withNewSpec()
                .withNodeName("node1")
                .addNewContainer()
                .withName("c")
                .addNewPort()
                .withContainerPort(8080)
                .withHostPort(7070)
                .endPort()
                .endContainer()
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP("10.66.0.11")
                .endStatus()
                .build());
        awaitPage("outside", Lab.NODE_IP + ":7070", "a");
        awaitPage("node", Lab.NODE_IP + ":7070", "a");
    }

    @Test
    void rulesStayWhenTheProxyClosesAndGoWhenCleanedUp() throws Exception {
        web(pod("a"));
        awaitPage("b", "10.96.0.1", "a");
        proxy.close();
        assertThat(page("b", "10.96.0.1")).isEqualTo("a");
        proxy = ServiceProxy.start(CONFIG, informers, informers, lab.node(), time);
        proxy.awaitInForce(Duration.ofMinutes(2));
        assertThat(page("b", "10.96.0.1")).isEqualTo("a");
        proxy.close();
        ServiceProxy.cleanup(CONFIG.table(), lab.node());
        assertThat(lab.on("node", "nft", "list", "tables").output()).doesNotContain(CONFIG.table());
    }

    @Test
    void twoClustersOnOneHostDoNotMeet() throws Exception {
        var otherApi = new FakeApi(time, new Random(2));
        var config = new ProxyConfig(
                "navarch-other", "node1", "", List.of(Lab.NODE_IP), "10.67.0.0/16", "10.67.0.0/24", "10.97.0.0/16");
        try (var otherInformers = new Informers(otherApi.client(), time)) {
            otherInformers.start();
            var other = ServiceProxy.start(config, otherInformers, otherInformers, lab.node(), time);
            other.awaitInForce(Duration.ofMinutes(2));
            web(pod("a"));
            otherApi.put(Given.nodePort(Given.service("web", "10.97.0.1", 80), 30081));
            otherApi.put(Given.slice("web", "TCP", 8080, pod("b")));
            awaitPage("node", "10.96.0.1", "a");
            awaitPage("node", "10.97.0.1", "b");
            awaitPage("outside", Lab.NODE_IP + ":30080", "a");
            awaitPage("outside", Lab.NODE_IP + ":30081", "b");
            other.close();
            ServiceProxy.cleanup("navarch-other", lab.node());
            assertThat(page("node", "10.96.0.1")).isEqualTo("a");
        }
    }

    @Test
    void withoutBridgeNetfilterAnswersStillComeBack() throws Exception {
        proxy.close();
        lab.on("node", "sh", "-c", "echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables");
        var ruleset = new Ruleset(CONFIG, false);
        ruleset.update(java.util.Map.of(
                "web", Given.rules(Given.service("web", "10.96.0.1", 80), Given.slice("web", "TCP", 8080, pod("a")))));
        new Nft(lab.node()).apply(ruleset.complete());
        assertThat(page("b", "10.96.0.1")).isEqualTo("a");
        assertThat(page("node", "10.96.0.1")).isEqualTo("a");
    }

    @Test
    void unusedChainsAreSwept() throws Exception {
        web(pod("a"));
        awaitPage("b", "10.96.0.1", "a");
        web();
        Await.until("its chains are gone", () -> {
            try {
                return !lab.on("node", "nft", "list", "table", "ip", CONFIG.table())
                        .output()
                        .contains("10.66.0.11");
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }
}

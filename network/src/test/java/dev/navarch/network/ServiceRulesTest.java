package dev.navarch.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.network.Fragment.Element;
import dev.navarch.network.Given.Member;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ServiceRulesTest {

    /** A fragment as text, the hashes of names replaced. */
    private static String text(Fragment fragment) {
        var chains = fragment.chains().entrySet().stream()
                .map(c -> c.getKey() + "\n"
                        + c.getValue().stream().map(r -> "  " + r + "\n").collect(Collectors.joining()));
        var elements = fragment.elements().entrySet().stream()
                .map(e -> e.getKey().map() + " { " + e.getKey().key()
                        + (e.getValue().isEmpty() ? "" : " : " + e.getValue()) + " }\n");
        return Stream.of(elements, chains)
                .flatMap(part ->
                        part.map(t -> t.replaceAll("-[A-Z2-7]{8}-", "-#-")).sorted())
                .collect(Collectors.joining());
    }

    @Test
    void clusterIpLeadsToEveryReadyEndpoint() {
        var rules = Given.rules(
                Given.service("web", "10.96.0.1", 80),
                Given.slice(
                        "web",
                        "TCP",
                        8080,
                        Member.ready("10.66.0.2"),
                        Member.ready("10.66.0.1"),
                        Member.gone("10.66.0.3")));
        assertThat(text(rules)).isEqualTo("""
                        cluster-ips { 10.96.0.1 }
                        service-ips { 10.96.0.1 . tcp . 80 : goto service-#-default/web/tcp }
                        endpoint-#-default/web/tcp/__10.66.0.1/8080
                          ip saddr 10.66.0.1 jump mark-for-masquerade
                          meta l4proto tcp dnat to 10.66.0.1:8080
                        endpoint-#-default/web/tcp/__10.66.0.2/8080
                          ip saddr 10.66.0.2 jump mark-for-masquerade
                          meta l4proto tcp dnat to 10.66.0.2:8080
                        service-#-default/web/tcp
                          ip daddr 10.96.0.1 tcp dport 80 ip saddr != 10.66.0.0/16 jump mark-for-masquerade
                          numgen random mod 2 vmap { 0 : goto endpoint-#-default/web/tcp/__10.66.0.1/8080, 1 : goto endpoint-#-default/web/tcp/__10.66.0.2/8080 }
                        """);
    }

    @Test
    void withoutEndpointsConnectionsAreRefused() {
        var rules = Given.rules(Given.nodePort(Given.service("web", "10.96.0.1", 80), 30080));
        assertThat(text(rules)).isEqualTo("""
                        cluster-ips { 10.96.0.1 }
                        no-endpoint-nodeports { tcp . 30080 : goto reject-chain }
                        no-endpoint-services { 10.96.0.1 . tcp . 80 : goto reject-chain }
                        """);
    }

    @Test
    void nodePortPassesTheExternalChainWhichMasquerades() {
        var rules = Given.rules(
                Given.nodePort(Given.service("web", "10.96.0.1", 80), 30080),
                Given.slice("web", "TCP", 8080, Member.ready("10.66.0.1")));
        assertThat(text(rules))
                .contains("service-nodeports { tcp . 30080 : goto external-#-default/web/tcp }")
                .contains("""
                        external-#-default/web/tcp
                          jump mark-for-masquerade
                          goto service-#-default/web/tcp
                        """);
    }

    @Test
    void terminatingEndpointsServeOnlyWhenNobodyElseDoes() {
        var service = Given.service("web", "10.96.0.1", 80);
        var both = Given.rules(
                service, Given.slice("web", "TCP", 80, Member.ready("10.66.0.1"), Member.ending("10.66.0.2")));
        assertThat(text(both)).contains("10.66.0.1:80").doesNotContain("10.66.0.2");
        var last = Given.rules(
                service, Given.slice("web", "TCP", 80, Member.gone("10.66.0.1"), Member.ending("10.66.0.2")));
        assertThat(text(last)).contains("10.66.0.2:80").doesNotContain("10.66.0.1:");
    }

    @Test
    void internalPolicyLocalKeepsToTheNodeOrDrops() {
        var service = new ServiceBuilder(Given.service("web", "10.96.0.1", 80))
                .editSpec()
                .withInternalTrafficPolicy("Local")
                .endSpec()
                .build();
        var here = Given.rules(
                service,
                Given.slice(
                        "web",
                        "TCP",
                        80,
                        Member.ready("10.66.0.1"),
                        Member.ready("10.66.1.1").on("node2")));
        assertThat(text(here))
                .contains("goto local-#-")
                .contains("10.66.0.1:80")
                .doesNotContain("10.66.1.1");
        var elsewhere = Given.rules(
                service, Given.slice("web", "TCP", 80, Member.ready("10.66.1.1").on("node2")));
        assertThat(text(elsewhere))
                .contains("no-endpoint-services { 10.96.0.1 . tcp . 80 : drop }")
                .doesNotContain("10.66.1.1");
    }

    @Test
    void externalPolicyLocalKeepsTheClientsAddressAndLetsTheNodeUseAll() {
        var service = new ServiceBuilder(Given.nodePort(Given.service("web", "10.96.0.1", 80), 30080))
                .editSpec()
                .withExternalTrafficPolicy("Local")
                .endSpec()
                .build();
        var rules = Given.rules(
                service,
                Given.slice(
                        "web",
                        "TCP",
                        80,
                        Member.ready("10.66.0.1"),
                        Member.ready("10.66.1.1").on("node2")));
        assertThat(text(rules)).contains("""
                        external-#-default/web/tcp
                          ip saddr 10.66.0.0/16 goto service-#-default/web/tcp
                          fib saddr type local jump mark-for-masquerade
                          fib saddr type local goto service-#-default/web/tcp
                          goto local-#-default/web/tcp
                        """);
        var elsewhere = Given.rules(
                service, Given.slice("web", "TCP", 80, Member.ready("10.66.1.1").on("node2")));
        assertThat(text(elsewhere))
                .contains("no-endpoint-nodeports { tcp . 30080 : drop }")
                .contains("service-nodeports { tcp . 30080 : goto external-#-default/web/tcp }");
    }

    @Test
    void affinityRemembersTheClient() {
        var service = new ServiceBuilder(Given.service("web", "10.96.0.1", 80))
                .editSpec()
                .withSessionAffinity("ClientIP")
                .endSpec()
                .build();
        var rules = Given.rules(service, Given.slice("web", "TCP", 80, Member.ready("10.66.0.1")));
        assertThat(rules.affinitySets().values()).containsExactly(10_800);
        assertThat(text(rules))
                .contains(
                        "ip saddr @affinity-#-default/web/tcp/__10.66.0.1/80 goto endpoint-#-default/web/tcp/__10.66.0.1/80")
                .contains("update @affinity-#-default/web/tcp/__10.66.0.1/80 { ip saddr }");
    }

    @Test
    void balancersAddressesCanBeClosedToStrangers() {
        var service = new ServiceBuilder(Given.service("web", "10.96.0.1", 80))
                .editSpec()
                .withType("LoadBalancer")
                .withLoadBalancerSourceRanges("198.51.100.0/24")
                .withExternalIPs("203.0.113.7")
                .endSpec()
                .withNewStatus()
                .withNewLoadBalancer()
                .addNewIngress()
                .withIp("203.0.113.1")
                .endIngress()
                .endLoadBalancer()
                .endStatus()
                .build();
        var rules = Given.rules(service, Given.slice("web", "TCP", 80, Member.ready("10.66.0.1")));
        assertThat(text(rules))
                .contains("service-ips { 203.0.113.1 . tcp . 80 : goto external-#-default/web/tcp }")
                .contains("service-ips { 203.0.113.7 . tcp . 80 : goto external-#-default/web/tcp }")
                .contains("firewall-ips { 203.0.113.1 . tcp . 80 : goto firewall-#-default/web/tcp }")
                .contains("ip saddr != { 198.51.100.0/24 } drop");
    }

    @Test
    void headlessAndExternalServicesHaveNoRules() {
        assertThat(Given.rules(Given.service("web", "None", 80))).isEqualTo(Fragment.EMPTY);
        var external = new ServiceBuilder(Given.service("web", "", 80))
                .editSpec()
                .withType("ExternalName")
                .endSpec()
                .build();
        assertThat(Given.rules(external)).isEqualTo(Fragment.EMPTY);
    }

    @Test
    void hostileAddressesNeverReachTheRuleset() {
        var service = new ServiceBuilder(Given.service("web", "10.96.0.1", 80))
                .editSpec()
                .withExternalIPs("1.1.1.1; flush ruleset")
                .endSpec()
                .build();
        var rules = Given.rules(service, Given.slice("web", "TCP", 80, Member.ready("10.66.0.1 }\nflush ruleset")));
        assertThat(text(rules)).doesNotContain("flush");
    }

    @Test
    void namesOfAnyLengthAreShortAndDifferent() {
        var a = Given.rules(
                Given.service("a".repeat(63), "10.96.0.1", 80),
                Given.slice("x", "TCP", 80, Member.ready("10.66.0.1"), Member.ready("10.66.0.2")));
        assertThat(a.chains()).hasSize(3);
        assertThat(a.chains().keySet()).allSatisfy(n -> assertThat(n).hasSizeLessThanOrEqualTo(100));
    }

    @Test
    void hintsAreFollowedWhenAllHaveThem() {
        var port = ServicePort.of(Given.service("web", "10.96.0.1", 80)).getFirst();
        var a = new Endpoint("10.66.0.1", 80, true, true, false, false, java.util.Set.of("z1"), java.util.Set.of());
        var b = new Endpoint("10.66.0.2", 80, true, true, false, false, java.util.Set.of("z2"), java.util.Set.of());
        var none = new Endpoint("10.66.0.3", 80, true, true, false, false, java.util.Set.of(), java.util.Set.of());
        assertThat(EndpointChoice.of(port, java.util.List.of(a, b), "node1", "z1")
                        .cluster())
                .containsExactly(a);
        assertThat(EndpointChoice.of(port, java.util.List.of(a, b), "node1", "z9")
                        .cluster())
                .containsExactly(a, b);
        assertThat(EndpointChoice.of(port, java.util.List.of(a, none), "node1", "z1")
                        .cluster())
                .containsExactly(a, none);
    }

    @Test
    void udpFlowsAreKnown() {
        var service = Given.service("dns", "10.96.0.53", "UDP", 53);
        assertThat(Given.rules(service).flows()).containsExactly(new Fragment.UdpFlow("10.96.0.53", 53, ""));
        assertThat(Given.rules(service, Given.slice("dns", "UDP", 5353, Member.ready("10.66.0.1")))
                        .flows())
                .containsExactly(new Fragment.UdpFlow("10.96.0.53", 53, "10.66.0.1"));
    }

    @Test
    void elementsOfOneServiceDoNotMeetThoseOfAnother() {
        var a = Given.rules(Given.service("a", "10.96.0.1", 80)).elements();
        var b = Given.rules(Given.service("b", "10.96.0.2", 80)).elements();
        assertThat(a.keySet()).doesNotContainAnyElementsOf(b.keySet());
        assertThat(Map.copyOf(a)).containsKey(new Element("no-endpoint-services", "10.96.0.1 . tcp . 80"));
    }
}

package dev.navarch.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.network.Given.Member;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RulesetTest {
    private final Ruleset ruleset = new Ruleset(Given.CONFIG, true);

    private static Fragment web(String name, String ip, Member... members) {
        return Given.rules(Given.service(name, ip, 80), Given.slice(name, "TCP", 8080, members));
    }

    private static String plain(String script) {
        return script.replaceAll("-[A-Z2-7]{8}-", "-#-");
    }

    @Test
    void addingOneToManyTouchesOnlyItsOwn() {
        var many = new HashMap<String, Fragment>();
        for (int i = 0; i < 5_000; i++) {
            many.put("s" + i, web("s" + i, "10.96.%d.%d".formatted(i / 250, i % 250 + 1), Member.ready("10.66.0.1")));
        }
        ruleset.update(many);
        var change = ruleset.update(Map.of("new", web("new", "10.96.200.1", Member.ready("10.66.0.9"))));
        assertThat(plain(change.script())).isEqualTo("""
                        add chain ip navarch-test endpoint-#-default/new/tcp/__10.66.0.9/8080
                        add chain ip navarch-test service-#-default/new/tcp
                        flush chain ip navarch-test endpoint-#-default/new/tcp/__10.66.0.9/8080
                        flush chain ip navarch-test service-#-default/new/tcp
                        add rule ip navarch-test endpoint-#-default/new/tcp/__10.66.0.9/8080 ip saddr 10.66.0.9 jump mark-for-masquerade
                        add rule ip navarch-test endpoint-#-default/new/tcp/__10.66.0.9/8080 meta l4proto tcp dnat to 10.66.0.9:8080
                        add rule ip navarch-test service-#-default/new/tcp ip daddr 10.96.200.1 tcp dport 80 ip saddr != 10.66.0.0/16 jump mark-for-masquerade
                        add rule ip navarch-test service-#-default/new/tcp numgen random mod 1 vmap { 0 : goto endpoint-#-default/new/tcp/__10.66.0.9/8080 }
                        add element ip navarch-test cluster-ips { 10.96.200.1 }
                        add element ip navarch-test service-ips { 10.96.200.1 . tcp . 80 : goto service-#-default/new/tcp }
                        """);
    }

    @Test
    void sameAgainChangesNothing() {
        ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))));
        assertThat(ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void newEndpointRewritesTheChoiceAlone() {
        ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))));
        var change = ruleset.update(
                Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"), Member.ready("10.66.0.2"))));
        assertThat(change.script())
                .doesNotContain("element")
                .doesNotContain("dnat to 10.66.0.1")
                .contains("dnat to 10.66.0.2");
    }

    @Test
    void lastEndpointsEndTurnsTheEntryOver() {
        ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))));
        var change = ruleset.update(Map.of("a", web("a", "10.96.0.1")));
        assertThat(plain(change.script())).isEqualTo("""
                        flush chain ip navarch-test endpoint-#-default/a/tcp/__10.66.0.1/8080
                        flush chain ip navarch-test service-#-default/a/tcp
                        delete element ip navarch-test service-ips { 10.96.0.1 . tcp . 80 }
                        add element ip navarch-test no-endpoint-services { 10.96.0.1 . tcp . 80 : goto reject-chain }
                        """);
        assertThat(plain(ruleset.sweeping())).isEqualTo("""
                        delete chain ip navarch-test endpoint-#-default/a/tcp/__10.66.0.1/8080
                        delete chain ip navarch-test service-#-default/a/tcp
                        """);
        ruleset.swept();
        assertThat(ruleset.sweeping()).isEmpty();
    }

    @Test
    void chainThatComesBackIsNotSwept() {
        ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))));
        ruleset.update(Map.of("a", Fragment.EMPTY));
        ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))));
        assertThat(ruleset.sweeping()).isEmpty();
        assertThat(ruleset.owners()).isEqualTo(1);
    }

    @Test
    void claimedTwiceAnEntryIsTheFirstOnesUntilItGoes() {
        ruleset.update(Map.of("b", web("b", "10.96.0.1", Member.ready("10.66.0.2"))));
        var second = ruleset.update(Map.of("a", web("a", "10.96.0.1", Member.ready("10.66.0.1"))));
        assertThat(plain(second.script()))
                .contains("delete element ip navarch-test service-ips { 10.96.0.1 . tcp . 80 }")
                .contains("service-ips { 10.96.0.1 . tcp . 80 : goto service-#-default/a/tcp }");
        var gone = ruleset.update(Map.of("a", Fragment.EMPTY));
        assertThat(plain(gone.script()))
                .contains("service-ips { 10.96.0.1 . tcp . 80 : goto service-#-default/b/tcp }");
    }

    @Test
    void changedAffinityMakesTheSetAnew() {
        var service = new ServiceBuilder(Given.service("a", "10.96.0.1", 80))
                .editSpec()
                .withSessionAffinity("ClientIP")
                .withNewSessionAffinityConfig()
                .withNewClientIP(60)
                .endSessionAffinityConfig()
                .endSpec()
                .build();
        var longer = new ServiceBuilder(service)
                .editSpec()
                .withNewSessionAffinityConfig()
                .withNewClientIP(90)
                .endSessionAffinityConfig()
                .endSpec()
                .build();
        var slice = Given.slice("a", "TCP", 80, Member.ready("10.66.0.1"));
        ruleset.update(Map.of("a", Given.rules(service, slice)));
        assertThat(plain(ruleset.update(Map.of("a", Given.rules(longer, slice))).script()))
                .containsSubsequence("flush chain", "delete set", "add set", "timeout 90s", "add rule");
    }

    @Test
    void endedUdpIsTold() {
        var dns = Given.service("dns", "10.96.0.53", "UDP", 53);
        ruleset.update(Map.of("dns", Given.rules(dns)));
        assertThat(ruleset.update(Map.of(
                                "dns", Given.rules(dns, Given.slice("dns", "UDP", 53, Member.ready("10.66.0.1")))))
                        .ended())
                .containsExactly(new Fragment.UdpFlow("10.96.0.53", 53, ""));
    }

    @Test
    void completeHoldsEverythingOnce() {
        ruleset.update(Map.of(
                "a",
                web("a", "10.96.0.1", Member.ready("10.66.0.1")),
                "b",
                web("b", "10.96.0.2", Member.ready("10.66.0.2"))));
        assertThat(plain(ruleset.complete()))
                .startsWith("add table ip navarch-test\ndelete table ip navarch-test\nadd table ip navarch-test\n")
                .containsOnlyOnce(
                        "add element ip navarch-test service-ips { 10.96.0.1 . tcp . 80 : goto service-#-default/a/tcp, 10.96.0.2 . tcp . 80 : goto service-#-default/b/tcp }");
    }
}

package dev.navarch.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.network.Given.Member;
import dev.navarch.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The shell around the rules, on a host that only listens. */
class ServiceProxyTest {
    private static final Duration STEP = Duration.ofMillis(10);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final Informers informers = new Informers(api.client(), time);
    private final RecordingHost host = new RecordingHost();
    private ServiceProxy proxy;

    /** Remembers the scripts it is given; may refuse them, or say that the table is gone. */
    private static final class RecordingHost implements Host {
        private final List<String> scripts = new ArrayList<>();
        private int refusals;
        private boolean tableGone;

        @Override
        public synchronized Outcome run(List<String> command, String input) {
            if (command.contains("-f")) {
                if (refusals > 0) {
                    refusals--;
                    return new Outcome(1, "Error: No buffer space available");
                }
                scripts.add(input);
                tableGone = false;
            }
            return new Outcome(command.contains("list") && tableGone ? 1 : 0, "");
        }

        synchronized List<String> scripts() {
            return List.copyOf(scripts);
        }

        synchronized void refuse(int times) {
            refusals = times;
        }

        synchronized void loseTable() {
            tableGone = true;
        }
    }

    @AfterEach
    void stop() {
        if (proxy != null) {
            proxy.close();
        }
        informers.close();
    }

    private void startProxy() {
        proxy = ServiceProxy.start(Given.CONFIG, informers, informers, host, time);
        informers.start();
        awaitScripts(1);
    }

    private void awaitScripts(int count) {
        Await.until(count + " scripts", time, STEP, () -> host.scripts().size() >= count);
    }

    private static boolean complete(String script) {
        return script.startsWith("add table ip navarch-test\ndelete table");
    }

    @Test
    void firstScriptHoldsAllThatWasThere() {
        api.put(Given.service("a", "10.96.0.1", 80));
        api.put(Given.slice("a", "TCP", 80, Member.ready("10.66.0.1")));
        startProxy();
        assertThat(host.scripts().getFirst())
                .matches(ServiceProxyTest::complete)
                .contains("dnat to 10.66.0.1:80");
    }

    @Test
    void changesThatComeTogetherAreOneTransaction() {
        startProxy();
        for (int i = 1; i <= 50; i++) {
            api.put(Given.service("s" + i, "10.96.0." + i, 80));
        }
        // The clock stands while they arrive, so they are gathered.
        Await.until(
                "all are in force",
                time,
                STEP,
                () -> String.join("", host.scripts()).contains("10.96.0.50 "));
        assertThat(host.scripts()).hasSizeLessThan(20);
        assertThat(host.scripts().subList(1, host.scripts().size())).noneMatch(ServiceProxyTest::complete);
    }

    @Test
    void afterARefusalTheWholeTableIsWrittenAnew() {
        startProxy();
        host.refuse(2);
        api.put(Given.service("a", "10.96.0.1", 80));
        awaitScripts(2);
        assertThat(host.scripts().getLast()).matches(ServiceProxyTest::complete).contains("10.96.0.1 . tcp . 80");
        api.put(Given.service("b", "10.96.0.2", 80));
        awaitScripts(3);
        assertThat(host.scripts().getLast()).doesNotMatch("(?s)add table.*").contains("10.96.0.2 . tcp . 80");
    }

    @Test
    void lostTableIsNoticedAndWrittenAnew() {
        api.put(Given.service("a", "10.96.0.1", 80));
        startProxy();
        host.loseTable();
        Await.until(
                "it is written anew",
                time,
                Duration.ofSeconds(1),
                () -> host.scripts().size() >= 2);
        assertThat(host.scripts().getLast()).matches(ServiceProxyTest::complete).contains("10.96.0.1 . tcp . 80");
    }

    @Test
    void deletedServiceTakesItsRulesAlong() {
        api.put(Given.service("a", "10.96.0.1", 80));
        startProxy();
        api.client()
                .resource(io.fabric8.kubernetes.api.model.Service.class)
                .delete("default", "a", dev.navarch.client.DeleteOptions.none());
        awaitScripts(2);
        assertThat(host.scripts().getLast()).contains("delete element").contains("10.96.0.1 . tcp . 80");
    }
}

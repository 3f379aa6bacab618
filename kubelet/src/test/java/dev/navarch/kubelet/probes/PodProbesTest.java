package dev.navarch.kubelet.probes;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.navarch.client.Await;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.pods.Pods.Member;
import dev.navarch.kubelet.pods.Pods.Role;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ContainerStatus;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodProbesTest {
    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

    private final ManualTime time = new ManualTime(START);
    private final AtomicInteger answer = new AtomicInteger(200);
    private final AtomicInteger asked = new AtomicInteger();
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final Seen container = new Seen(
            "s",
            new ContainerStatus(
                    "id",
                    new ContainerMetadata("c", 0),
                    ContainerState.RUNNING,
                    START,
                    Optional.of(START),
                    Optional.empty(),
                    0,
                    "i",
                    "i",
                    "i",
                    "",
                    "",
                    Map.of(),
                    Map.of(),
                    List.of(),
                    "",
                    LinuxResources.NONE));
    private final Pod pod = new PodBuilder()
            .withNewMetadata()
            .withName("p")
            .withNamespace("n")
            .endMetadata()
            .withNewSpec()
            .endSpec()
            .build();
    private HttpServer server;
    private PodProbes probes;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.sendResponseHeaders(answer.get(), -1);
            exchange.close();
        });
        server.start();
        probes = new PodProbes(
                new Prober(new SimulatedRuntime(time, new Random(1), "10.0.0.0/24")),
                (about, path, warning, reason, message) -> events.add(reason + ": " + message),
                time,
                () -> {});
    }

    @AfterEach
    void stop() {
        probes.close();
        server.stop(0);
    }

    private ContainerBuilder spec() {
        return new ContainerBuilder().withName("c");
    }

    private io.fabric8.kubernetes.api.model.Probe get(int delay, int period, int failures) {
        return new io.fabric8.kubernetes.api.model.ProbeBuilder()
                .withNewHttpGet()
                .withPath("/healthz")
                .withPort(new IntOrString(server.getAddress().getPort()))
                .endHttpGet()
                .withInitialDelaySeconds(delay)
                .withPeriodSeconds(period)
                .withFailureThreshold(failures)
                .withTimeoutSeconds(5)
                .build();
    }

    private void watch(Container spec) {
        probes.watch(pod, new Member(spec, Role.MAIN), container, "127.0.0.1", false);
    }

    private void turn(int seconds) {
        time.advance(Duration.ofSeconds(seconds));
        Await.until("the probes have run", () -> !time.busy());
    }

    @Test
    void readinessWaitsForItsDelayAndFollowsTheAnswers() {
        var spec = spec().withReadinessProbe(get(5, 10, 2)).build();
        watch(spec);
        assertThat(probes.ready("id", spec)).isFalse();
        turn(4);
        assertThat(asked).hasValue(0);
        turn(1);
        assertThat(probes.ready("id", spec)).isTrue();
        answer.set(500);
        turn(10);
        assertThat(probes.ready("id", spec)).isTrue();
        assertThat(events).containsExactly("Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500");
        turn(10);
        assertThat(probes.ready("id", spec)).isFalse();
        answer.set(302);
        turn(10);
        assertThat(probes.ready("id", spec)).isTrue();
    }

    @Test
    void livenessFailsAtItsThreshold() {
        var spec = spec().withLivenessProbe(get(0, 10, 3)).build();
        answer.set(404);
        watch(spec);
        turn(0);
        turn(10);
        assertThat(probes.livenessFailed("id")).isFalse();
        turn(10);
        assertThat(probes.livenessFailed("id")).isTrue();
        turn(10);
        assertThat(asked).as("nobody asks one that is about to be killed").hasValue(3);
    }

    @Test
    void othersWaitForTheStartupProbe() {
        var spec = spec().withStartupProbe(get(0, 1, 30))
                .withReadinessProbe(get(0, 60, 1))
                .build();
        answer.set(503);
        watch(spec);
        turn(0);
        turn(1);
        assertThat(probes.started("id", spec)).isFalse();
        assertThat(probes.ready("id", spec)).isFalse();
        answer.set(200);
        turn(1);
        assertThat(probes.started("id", spec)).isTrue();
        turn(0);
        assertThat(probes.ready("id", spec)).isTrue();
    }

    @Test
    void refusedConnectionIsSaidAsUpstreamDoes() {
        int port = server.getAddress().getPort();
        server.stop(0);
        var spec = spec().withLivenessProbe(get(0, 10, 1)).build();
        watch(spec);
        turn(0);
        assertThat(events)
                .containsExactly("Unhealthy: Liveness probe failed: Get \"http://127.0.0.1:" + port
                        + "/healthz\": dial tcp 127.0.0.1:" + port + ": connect: connection refused");
        assertThat(Pods.describe(pod)).startsWith("p_n(");
    }

    @Test
    void stoppedProbesAskNoMore() {
        watch(spec().withLivenessProbe(get(0, 1, 1)).build());
        turn(0);
        probes.keepOnly(java.util.Set.of());
        int before = asked.get();
        turn(5);
        assertThat(asked).hasValue(before);
    }
}

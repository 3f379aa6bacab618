package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Key;
import dev.navarch.client.LeaderElector;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two whole schedulers, of which the one that holds the lease works: when it is cut off in the midst of its bindings the
 * other takes over, and no pod is bound twice, whatever of the first one's arrives late.
 */
@Timeout(180)
class StandbyTest {
    private static final int PODS = 24;
    private static final Key LEASE = new Key("kube-system", "kube-scheduler");
    private static final Duration STEP = Duration.ofMillis(500);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ApiClient client = api.client();
    private final Map<String, Integer> bindings = new ConcurrentHashMap<>();
    private final EventRecorder events = new EventRecorder(api.client(), time, "kube-scheduler", "");

    @AfterEach
    void close() {
        events.close();
    }

    /** A process's way to the API, which breaks with one of its bindings. */
    private final class Line implements Transport {
        private int left;
        private boolean cut;
        /** What was on its way when it broke. */
        private final ConcurrentLinkedQueue<Request> late = new ConcurrentLinkedQueue<>();

        /** @param bindings after so many it breaks */
        Line(int bindings) {
            left = bindings;
        }

        private synchronized boolean passes(Request request) {
            if (!cut && request.path().contains("/binding") && left-- == 0) {
                cut = true;
            }
            if (cut && request.path().contains("/binding")) {
                late.add(request);
            }
            return !cut;
        }

        synchronized boolean broken() {
            return cut;
        }

        @Override
        public Response send(Request request) throws IOException, InterruptedException {
            if (!passes(request)) {
                throw new IOException("the line is cut");
            }
            return deliver(request);
        }

        @Override
        public void close() {}
    }

    private Response deliver(Request request) throws IOException, InterruptedException {
        var response = api.send(request);
        if (request.path().contains("/binding") && response.status() < 300) {
            bindings.merge(request.path(), 1, Integer::sum);
        }
        return response;
    }

    /** A process that stands for election and schedules while it leads. */
    private final class Process implements AutoCloseable {
        private final AtomicReference<Optional<Scheduler>> scheduler = new AtomicReference<>(Optional.empty());
        private final LeaderElector elector;

        Process(String name, Line line) {
            elector = new LeaderElector(
                    new ApiClient(line, name),
                    LEASE,
                    name,
                    LeaderElector.Timing.upstream(),
                    time,
                    new Random(name.hashCode()),
                    events,
                    new LeaderElector.Office() {
                        @Override
                        public void started() {
                            var made = new Scheduler(
                                    new ApiClient(line, name), time, new Random(2), SchedulerConfig.standard());
                            made.start();
                            scheduler.set(Optional.of(made));
                        }

                        @Override
                        public void stopped() {
                            scheduler.getAndSet(Optional.empty()).ifPresent(Scheduler::close);
                        }
                    });
            elector.start();
        }

        boolean works() {
            return scheduler.get().isPresent();
        }

        @Override
        public void close() {
            elector.close();
        }
    }

    private List<Pod> pods() {
        return client.resource(Pod.class).list(ListQuery.all()).items();
    }

    private static boolean bound(Pod pod) {
        return pod.getSpec().getNodeName() != null;
    }

    @ParameterizedTest(name = "cut off after {0} bindings")
    @ValueSource(ints = {0, 1, 7, PODS - 1})
    void theStandbyTakesOverAndNothingIsBoundTwice(int before) throws Exception {
        for (int i = 0; i < 3; i++) {
            api.put(TestPods.node("n" + i, "4", "32Gi", 10, Map.of()));
        }
        for (int i = 0; i < PODS; i++) {
            api.put(TestPods.pod("p" + i, "400m", "16Mi"));
        }
        var line = new Line(before);
        try (var first = new Process("first", line)) {
            Await.until("the first is cut off", time, STEP, line::broken);
            try (var second = new Process("second", new Line(Integer.MAX_VALUE))) {
                Await.until("the first gives up", time, STEP, () -> !first.works());
                Await.until("the second works", time, STEP, second::works);
                Await.until(
                        "all pods are bound", time, STEP, () -> pods().stream().allMatch(StandbyTest::bound));
                for (var request : line.late) {
                    assertThat(deliver(request).status()).as(request.path()).isEqualTo(409);
                }
            }
        }
        assertThat(line.late).isNotEmpty();
        assertThat(bindings)
                .hasSize(PODS)
                .allSatisfy((_, times) -> assertThat(times).isEqualTo(1));
        for (var node : client.resource(Node.class).list(ListQuery.all()).items()) {
            var info = new NodeInfo(node);
            for (var pod : pods()) {
                if (node.getMetadata().getName().equals(pod.getSpec().getNodeName())) {
                    info = info.with(new PodInfo(pod));
                }
            }
            assertThat(info.requested().cpuMillis())
                    .isLessThanOrEqualTo(info.allocatable().cpuMillis());
        }
    }
}

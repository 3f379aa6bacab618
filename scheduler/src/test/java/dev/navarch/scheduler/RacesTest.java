package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Await;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.SystemTime;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** While pods and nodes come, go and change and bindings fail, no node ever has more on it than it can hold. */
@Timeout(300)
class RacesTest {
    private static final int NODES = 5;
    private static final int PODS = 150;

    private final SystemTime time = new SystemTime();
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ApiClient client = api.client();
    private final ConcurrentLinkedQueue<String> overcommitted = new ConcurrentLinkedQueue<>();

    /** Lets some bindings fail before they are done, some after; looks at the nodes after each. */
    private final class Unreliable implements Transport {
        private final Random random;

        Unreliable(Random random) {
            this.random = random;
        }

        private synchronized int dice() {
            return random.nextInt(10);
        }

        @Override
        public Response send(Request request) throws IOException, InterruptedException {
            if (!request.path().contains("/binding")) {
                return api.send(request);
            }
            int dice = dice();
            if (dice == 0) {
                throw new IOException("lost on the way there");
            }
            var response = api.send(request);
            check();
            if (dice == 1) {
                response.close();
                throw new IOException("lost on the way back");
            }
            return response;
        }

        @Override
        public void close() {}
    }

    /** Ends with one of its bindings, which was made or was not; nothing is sent after it. */
    private final class Mortal implements Transport {
        private final AtomicInteger left;
        private final boolean made;

        Mortal(int bindings, boolean made) {
            left = new AtomicInteger(bindings);
            this.made = made;
        }

        boolean dead() {
            return left.get() <= 0;
        }

        @Override
        public Response send(Request request) throws IOException {
            if (dead()) {
                throw new IOException("dead");
            }
            if (!request.path().contains("/binding")) {
                return api.send(request);
            }
            int after = left.decrementAndGet();
            if (after < 0 || after == 0 && !made) {
                throw new IOException("died before its binding");
            }
            var response = api.send(request);
            check();
            if (after == 0) {
                response.close();
                throw new IOException("died after its binding");
            }
            return response;
        }

        @Override
        public void close() {}
    }

    private void check() {
        for (var node : client.resource(Node.class).list(ListQuery.all()).items()) {
            if (node.getStatus() == null || node.getStatus().getAllocatable().isEmpty()) {
                continue; // just made again under the pods that are still bound to it, and yet to say what it has
            }
            var info = new NodeInfo(node);
            for (var pod : client.resource(Pod.class).list(ListQuery.all()).items()) {
                if (node.getMetadata().getName().equals(pod.getSpec().getNodeName())) {
                    info = info.with(new PodInfo(pod));
                }
            }
            if (info.requested().cpuMillis() > info.allocatable().cpuMillis()
                    || info.pods().size() > info.allowedPods()) {
                overcommitted.add(info.name() + ": " + info.pods());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noNodeIsOvercommitted(long seed) throws Exception {
        var random = new Random(seed);
        for (int i = 0; i < NODES; i++) {
            make(TestPods.node("n" + i, "4", "32Gi", 12, Map.of()));
        }
        try (var scheduler =
                        new Scheduler(new ApiClient(new Unreliable(new Random(seed)), "test"), time, random, quick());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            scheduler.start();
            threads.submit(() -> change(new Random(seed + 1)));
            for (int i = 0; i < PODS; i++) {
                client.resource(Pod.class).create(TestPods.pod("p" + i, (1 + random.nextInt(20)) * 100 + "m", "16Mi"));
            }
            threads.close();
            // What can be scheduled is: what is left waits, because no node has room for it.
            Await.until(
                    "every pod has a node or waits for one",
                    () -> bound() + scheduler.queue().count(QueuedPod.Place.UNSCHEDULABLE)
                            == client.resource(Pod.class)
                                    .list(ListQuery.all())
                                    .items()
                                    .size());
        } finally {
            time.close();
        }
        check();
        assertThat(overcommitted).as("seed " + seed).isEmpty();
        assertThat(bound()).as("bound pods, seed " + seed).isPositive();
    }

    /** Each scheduler knows of the bindings of those before it by what it reads. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void schedulersThatDieBetweenTheirBindingsOvercommitNothing(long seed) throws Exception {
        var random = new Random(seed);
        for (int i = 0; i < NODES; i++) {
            make(TestPods.node("n" + i, "4", "32Gi", 12, Map.of()));
        }
        for (int i = 0; i < 60; i++) {
            client.resource(Pod.class).create(TestPods.pod("p" + i, (1 + random.nextInt(20)) * 100 + "m", "16Mi"));
        }
        try {
            for (int life = 1; life <= 12; life++) {
                var mortal = new Mortal(life == 12 ? Integer.MAX_VALUE : 1 + random.nextInt(4), random.nextBoolean());
                try (var scheduler = new Scheduler(new ApiClient(mortal, "test"), time, random, quick())) {
                    scheduler.start();
                    Await.until(
                            "its end, or every pod has a node or waits for one",
                            () -> mortal.dead()
                                    || bound() + scheduler.queue().count(QueuedPod.Place.UNSCHEDULABLE) == 60);
                }
            }
        } finally {
            time.close();
        }
        check();
        assertThat(overcommitted).as("seed " + seed).isEmpty();
        assertThat(bound()).as("bound pods, seed " + seed).isGreaterThanOrEqualTo(10);
    }

    private long bound() {
        return client.resource(Pod.class).list(ListQuery.all()).items().stream()
                .filter(pod -> pod.getSpec().getNodeName() != null)
                .count();
    }

    private static SchedulerConfig quick() {
        return SchedulerConfig.read("""
                apiVersion: kubescheduler.config.k8s.io/v1
                kind: KubeSchedulerConfiguration
                podInitialBackoffSeconds: 1
                podMaxBackoffSeconds: 1
                """, List.of());
    }

    private Object change(Random random) {
        for (int i = 0; i < 200; i++) {
            try {
                switch (random.nextInt(4)) {
                    case 0 ->
                        client.resource(Pod.class)
                                .delete(
                                        "default",
                                        "p" + random.nextInt(PODS),
                                        DeleteOptions.none().grace(Duration.ZERO));
                    case 1 -> {
                        var patch = JsonNodeFactory.instance.objectNode();
                        patch.putObject("metadata").putObject("labels").put("turn", "t" + i);
                        client.resource(Node.class).patch("", "n" + random.nextInt(NODES), new Patch.Merge(patch));
                    }
                    case 2 -> {
                        var patch = JsonNodeFactory.instance.objectNode();
                        patch.putObject("spec").put("unschedulable", random.nextBoolean() && i < 150);
                        client.resource(Node.class).patch("", "n" + random.nextInt(NODES), new Patch.Merge(patch));
                    }
                    default -> {
                        var name = "n" + random.nextInt(NODES);
                        client.resource(Node.class).delete("", name, DeleteOptions.none());
                        make(TestPods.node(name, "4", "32Gi", 12, Map.of()));
                    }
                }
            } catch (ApiFailure e) {
                // it was gone already
            }
        }
        return "done";
    }

    private void make(Node node) {
        var status = node.getStatus();
        var made = client.resource(Node.class).create(node);
        made.setStatus(status);
        client.resource(Node.class).updateStatus(made);
    }
}

package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Patch;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.controllers.ControllerSettings;
import dev.navarch.controllers.assembly.ControllerAssembly;
import dev.navarch.scheduler.Scheduler;
import dev.navarch.scheduler.SchedulerConfig;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.prometheus.metrics.core.metrics.Gauge;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two processes with all controllers and a scheduler each, of which one works: when it is cut off from the server it stops
 * before the other begins, which finishes what it finds half done, and nothing is there twice.
 */
class StandbyTest {
    private static final List<String> PARTS = List.of("kube-controller-manager", "kube-scheduler");
    /** Who cannot renew stops within 10 s; others wait for 15 s, and look every 2 s or a little later. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(25);

    private BareServer server;
    private Process a;
    private Process b;

    @BeforeEach
    void start() throws Exception {
        server = new BareServer();
        a = new Process("a", 1);
        rest();
        b = new Process("b", 2);
        server.watchOver(() -> a.idle() && b.idle());
        rest();
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        server.close();
    }

    /** The control plane of a process that may lose its way to the server. */
    private final class Process implements AutoCloseable {
        private final String name;
        private final Random random;
        private final List<ElectedPart> parts = new ArrayList<>();
        /** What works here now. */
        private final Set<String> working = Collections.synchronizedSet(new TreeSet<>());

        /** Whether each of them has begun. */
        private final List<BooleanSupplier> begun = new CopyOnWriteArrayList<>();

        /** The first lines of what was written. */
        private final List<String> writes = new CopyOnWriteArrayList<>();

        private volatile boolean cut;
        private volatile int writesLeft = Integer.MAX_VALUE;

        Process(String name, long seed) {
            this.name = name;
            random = new Random(seed);
            parts.add(elect(PARTS.get(0), this::controllers));
            parts.add(elect(PARTS.get(1), this::scheduler));
        }

        private ElectedPart elect(String lease, Consumer<Lifecycle> start) {
            var client = client("system:" + lease);
            return new ElectedPart(
                    client,
                    lease,
                    name,
                    server.time(),
                    new Random(random.nextLong()),
                    new EventRecorder(client, server.time(), lease, ""),
                    Gauge.builder().name("leads").build(),
                    term -> {
                        working.add(lease);
                        term.add("note", () -> working.remove(lease));
                        start.accept(term);
                    });
        }

        private void controllers(Lifecycle term) {
            var controllers = term.add(
                    "controllers",
                    new ControllerAssembly(
                            this::client,
                            server.time(),
                            new Random(random.nextLong()),
                            ControllerSettings.upstream(server.authority()).withSigner(server.signer())));
            until(term, controllers::working);
            controllers.start();
        }

        private void scheduler(Lifecycle term) {
            var scheduler = term.add(
                    "scheduler",
                    new Scheduler(
                            client("system:kube-scheduler"),
                            server.time(),
                            new Random(random.nextLong()),
                            SchedulerConfig.standard()));
            until(term, scheduler::idle);
            scheduler.start();
        }

        private void until(Lifecycle term, BooleanSupplier begins) {
            begun.add(begins);
            term.add("no wait", () -> begun.remove(begins));
        }

        boolean idle() {
            return cut || begun.stream().allMatch(BooleanSupplier::getAsBoolean);
        }

        private ApiClient client(String user) {
            return new ApiClient(new Wire(user), Identities.fieldManager(user));
        }

        @Override
        public void close() {
            parts.reversed().forEach(ElectedPart::close);
        }

        private final class Wire implements Transport {
            private final Transport to;

            Wire(String user) {
                to = server.transport(user);
            }

            @Override
            public Response send(Request request) throws IOException, InterruptedException {
                boolean counts = !request.method().equals("GET")
                        && !request.path().contains("/leases/")
                        && !request.path().contains("/events");
                synchronized (Process.this) {
                    if (cut || counts && writesLeft == 0) {
                        cut = true;
                        throw new IOException(name + " is cut off");
                    }
                    if (counts) {
                        writesLeft--;
                        writes.add(request.method() + " " + request.path().split("\\?", 2)[0]);
                    }
                }
                return to.send(request);
            }

            @Override
            public boolean lasting() {
                return true;
            }

            @Override
            public void close() {}
        }
    }

    private void rest() {
        server.awaitRest();
    }

    private void pass(Duration duration) {
        var end = server.time().now().plus(duration);
        while (server.time().now().isBefore(end)) {
            rest();
            assertThat(overlap()).as("both work").isFalse();
            var due = server.time().next().filter(t -> t.isBefore(end)).orElse(end);
            server.time().advance(Duration.between(server.time().now(), due));
        }
        rest();
    }

    private boolean overlap() {
        var both = new TreeSet<>(a.working);
        both.retainAll(b.working);
        return !both.isEmpty();
    }

    private String holder(String lease) {
        return server.admin()
                .resource(Lease.class)
                .get("kube-system", lease)
                .map(l -> l.getSpec().getHolderIdentity())
                .orElse("");
    }

    private <T extends HasMetadata> List<T> all(Class<T> type) {
        return server.admin()
                .resource(type)
                .list(ListQuery.inNamespace("default"))
                .items();
    }

    private List<String> bound() {
        return all(Pod.class).stream()
                .map(pod -> pod.getSpec().getNodeName())
                .filter(Objects::nonNull)
                .toList();
    }

    private void work() {
        server.apply("""
                apiVersion: v1
                kind: Node
                metadata: {name: n}
                status:
                  capacity: {cpu: "8", memory: 8Gi, pods: "110"}
                  allocatable: {cpu: "8", memory: 8Gi, pods: "110"}
                  conditions: [{type: Ready, status: "True", reason: KubeletReady, lastHeartbeatTime: "2026-01-01T00:00:00Z"}]
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: default}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  replicas: 6
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      tolerations: [{operator: Exists}]
                      containers: [{name: c, image: i}]
                ---
                apiVersion: batch/v1
                kind: Job
                metadata: {name: once}
                spec:
                  completions: 3
                  parallelism: 3
                  template:
                    spec:
                      restartPolicy: Never
                      tolerations: [{operator: Exists}]
                      containers: [{name: c, image: i}]
                """);
    }

    @Test
    void theStandbyFinishesWhatTheLeaderHasBegun() {
        assertThat(PARTS).allMatch(part -> holder(part).equals("a"));
        assertThat(b.working).isEmpty();
        assertThat(b.writes).isEmpty();
        a.writesLeft = 8; // some pods are there, some are not, few are bound
        work();
        pass(Duration.ofSeconds(9));
        assertThat(a.cut).isTrue();
        int left = all(Pod.class).size();
        assertThat(left).isLessThan(9);
        pass(TAKE_OVER);
        assertThat(a.working).isEmpty();
        assertThat(b.working).containsExactlyElementsOf(PARTS);
        assertThat(PARTS).allMatch(part -> holder(part).equals("b"));
        assertThat(all(ReplicaSet.class)).hasSize(1);
        assertThat(all(Pod.class)).hasSize(9);
        assertThat(bound()).hasSize(9);
        int before = a.writes.size();
        a.cut = false; // it is back, and waits
        a.writesLeft = Integer.MAX_VALUE;
        server.admin().resource(Deployment.class).patch("default", "web", Patch.merge("{\"spec\":{\"replicas\":7}}"));
        pass(Duration.ofMinutes(1));
        assertThat(a.working).isEmpty();
        assertThat(a.writes).hasSize(before);
        assertThat(all(Pod.class)).hasSize(10);
        assertThat(all(Job.class)).hasSize(1);
    }

    @Test
    void whoEndsInOrderHandsOverAtOnce() {
        work();
        pass(Duration.ofSeconds(5));
        var pods = all(Pod.class).stream()
                .map(p -> p.getMetadata().getUid())
                .sorted()
                .toList();
        assertThat(bound()).hasSize(9);
        a.parts.reversed().forEach(ElectedPart::close);
        pass(Duration.ofSeconds(5));
        assertThat(b.working).containsExactlyElementsOf(PARTS);
        pass(Duration.ofSeconds(30));
        assertThat(all(Pod.class).stream().map(p -> p.getMetadata().getUid()).sorted())
                .containsExactlyElementsOf(pods);
        assertThat(b.writes).noneMatch(write -> write.startsWith("POST") && write.endsWith("/pods"));
    }
}

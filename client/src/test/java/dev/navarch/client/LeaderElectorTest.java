package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaderElectorTest {
    private static final Key LEASE = new Key("kube-system", "scheduler");
    private static final Duration STEP = Duration.ofMillis(250);

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    /** What the offices were told, and when. */
    private final List<Change> changes = new CopyOnWriteArrayList<>();

    private record Change(String what, Instant when) {}

    /** A server that stops to answer, after it has done what it was asked for or before. */
    private final class Silent implements Transport {
        private final Semaphore answers = new Semaphore(Integer.MAX_VALUE);
        private final boolean does;

        Silent(boolean does) {
            this.does = does;
        }

        @Override
        public Response send(Request request) throws InterruptedException {
            if (answers.tryAcquire()) {
                return api.send(request);
            }
            if (does) {
                api.send(request);
            }
            try (var _ = time.rest()) {
                answers.acquire();
            }
            throw new IllegalStateException("nothing is ever released");
        }

        @Override
        public void close() {}
    }

    private final EventRecorder events = new EventRecorder(api.client(), time, "kube-scheduler", "");

    @AfterEach
    void close() {
        events.close();
    }

    private LeaderElector elector(String identity) {
        return elector(identity, api);
    }

    private LeaderElector elector(String identity, Transport transport) {
        return new LeaderElector(
                new ApiClient(transport, "test"),
                LEASE,
                identity,
                LeaderElector.Timing.upstream(),
                time,
                new Random(identity.hashCode()),
                events,
                new LeaderElector.Office() {
                    @Override
                    public void started() {
                        changes.add(new Change("+" + identity, time.now()));
                    }

                    @Override
                    public void stopped() {
                        changes.add(new Change("-" + identity, time.now()));
                    }
                });
    }

    private List<String> told() {
        return changes.stream().map(Change::what).toList();
    }

    private void awaitInTime(String... changes) {
        Await.until(List.of(changes).toString(), time, STEP, () -> told().equals(List.of(changes)));
    }

    /** Without turning the clock. */
    private void await(String... changes) {
        Await.until(List.of(changes).toString(), () -> told().equals(List.of(changes)));
    }

    private Lease lease() {
        return api.client()
                .resource(Lease.class)
                .get(LEASE.namespace(), LEASE.name())
                .orElseThrow();
    }

    @Test
    void theSecondLeadsAfterTheFirstHasStepsDown() {
        try (var a = elector("a");
                var b = elector("b")) {
            a.start();
            await("+a");
            b.start();
            var until = time.now().plusSeconds(60);
            Await.until("a minute", time, STEP, () -> time.now().isAfter(until));
            assertThat(b.leading()).isFalse();
            a.close();
            awaitInTime("+a", "-a", "+b");
            assertThat(lease().getSpec().getLeaseTransitions()).isEqualTo(1);
        }
    }

    @Test
    void aDeadHoldersLeaseIsTakenOverAfterItsDurationNotBefore() {
        api.put(new LeaseBuilder()
                .withNewMetadata()
                .withNamespace("kube-system")
                .withName("scheduler")
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity("dead")
                .withLeaseDurationSeconds(15)
                .endSpec()
                .build());
        var start = time.now();
        try (var a = elector("a")) {
            a.start();
            awaitInTime("+a");
            assertThat(Duration.between(start, time.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(15));
        }
    }

    @Test
    void aLeaderWhoseLeaseWasTakenStops() {
        try (var a = elector("a")) {
            a.start();
            await("+a");
            api.put(new LeaseBuilder(lease())
                    .editSpec()
                    .withHolderIdentity("usurper")
                    .endSpec()
                    .build());
            Await.until("a stops", time, STEP, () -> told().contains("-a"));
        }
    }

    @Test
    void whoLeadsIsToldByEvents() {
        try (var a = elector("a")) {
            a.start();
            await("+a");
        }
        Await.until("both are told", () -> told("a became leader") && told("a stopped leading"));
    }

    private boolean told(String what) {
        return api.client().resource(Event.class).list(ListQuery.all()).items().stream()
                .anyMatch(event -> event.getReason().equals("LeaderElection")
                        && event.getMessage().equals(what)
                        && event.getInvolvedObject().getKind().equals("Lease")
                        && event.getInvolvedObject().getName().equals(LEASE.name()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLeaderThatGetsNoAnswerHasStoppedBeforeTheNextBegins(boolean renewed) {
        var silent = new Silent(renewed);
        try (var a = elector("a", silent);
                var b = elector("b")) {
            a.start();
            await("+a");
            b.start();
            var until = time.now().plusSeconds(30);
            Await.until("half a minute", time, STEP, () -> time.now().isAfter(until));
            assertThat(told()).containsExactly("+a");
            silent.answers.drainPermits();
            awaitInTime("+a", "-a", "+b");
            assertThat(Duration.between(changes.get(1).when, changes.get(2).when))
                    .as("between the end of one term and the begin of the next")
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
        }
    }
}

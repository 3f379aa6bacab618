package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.plugins.NodeResourcesFit;
import dev.navarch.scheduler.plugins.NodeUnschedulable;
import dev.navarch.scheduler.plugins.PrioritySort;
import dev.navarch.scheduler.plugins.SchedulingGates;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class SchedulingQueueTest {
    private static final Set<String> FIT = Set.of("NodeResourcesFit");

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final Profile profile = Profile.of(
            "default-scheduler",
            List.of(new SchedulingGates(), new PrioritySort(), new NodeUnschedulable(), new NodeResourcesFit()),
            Map.of());
    private final SchedulingQueue queue =
            new SchedulingQueue(time, List.of(profile), SchedulingQueue.Backoff.STANDARD, new SchedulerMetrics(time));

    @AfterEach
    void close() {
        queue.close();
    }

    private static Pod pod(String name, int priority) {
        return new PodBuilder(TestPods.pod(name, "1", "1Gi"))
                .editMetadata()
                .withUid("uid-" + name)
                .endMetadata()
                .editSpec()
                .withPriority(priority)
                .endSpec()
                .build();
    }

    private static ClusterEvent departure() {
        return new ClusterEvent.PodRemoved(new PodInfo(pod("departed", 0)), Optional.empty());
    }

    private QueuedPod taken(Pod pod) throws InterruptedException {
        queue.add(pod);
        return queue.take();
    }

    private int count(QueuedPod.Place place) {
        return queue.count(place);
    }

    @Test
    void importantPodsComeFirstThenOlderOnes() throws Exception {
        queue.add(pod("first", 0));
        time.advance(Duration.ofSeconds(1));
        queue.add(pod("second", 0));
        queue.add(pod("urgent", 10));
        var order = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            order.add(queue.take().info().key().name());
        }
        assertThat(order).containsExactly("urgent", "first", "second");
    }

    @Test
    void onlyAnEventThatMayHelpBringsARejectedPodBack() throws Exception {
        var pod = taken(pod("p", 0));
        queue.rejected(pod, FIT);
        queue.observe(new ClusterEvent.NodeRemoved(TestPods.node("n", "1", "1Gi")));
        queue.observe(new ClusterEvent.NodeAdded(TestPods.node("tiny", "500m", "1Gi")));
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isEqualTo(1);
        queue.observe(departure());
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isZero();
        assertThat(queue.take())
                .as("nothing else is active, so it need not wait")
                .isSameAs(pod);
    }

    private static ClusterEvent departureFrom(String node, String cpu) {
        return new ClusterEvent.PodRemoved(
                new PodInfo(pod("departed", 0)), Optional.of(TestPods.info(TestPods.node(node, cpu, "1Gi"))));
    }

    @Test
    void roomThatIsTooSmallOrKeptForAnotherBringsNobodyBack() throws Exception {
        profile.nominations().set(new PodInfo(pod("other", 10)), "kept");
        profile.nominations().set(new PodInfo(pod("lesser", -1)), "free");
        var pod = taken(pod("p", 0));
        queue.rejected(pod, FIT);
        queue.observe(departureFrom("small", "500m"));
        queue.observe(departureFrom("kept", "1"));
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isEqualTo(1);
        queue.observe(departureFrom("free", "1"));
        assertThat(count(QueuedPod.Place.BACKOFF)).isEqualTo(1);
    }

    @Test
    void aPodThatGivesUpItsOwnRoomIsNotHelped() throws Exception {
        var pod = taken(pod("p", 0));
        var node = TestPods.info(TestPods.node("n", "1", "1Gi"));
        queue.observe(new ClusterEvent.PodRemoved(pod.info(), Optional.of(node)));
        queue.rejected(pod, FIT);
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isEqualTo(1);
    }

    @Test
    void aPodThatBacksOffLetsActiveOnesPass() throws Exception {
        var rejected = taken(pod("rejected", 0));
        queue.rejected(rejected, FIT);
        queue.observe(departure());
        assertThat(count(QueuedPod.Place.BACKOFF)).isEqualTo(1);
        queue.add(pod("fresh", 0));
        assertThat(queue.take().info().key().name()).isEqualTo("fresh");
        assertThat(queue.take()).isSameAs(rejected);
    }

    @Test
    void afterItsBackOffAPodIsActiveAtOnce() throws Exception {
        var pod = taken(pod("p", 0));
        queue.rejected(pod, FIT);
        time.advance(Duration.ofSeconds(1));
        queue.observe(departure());
        assertThat(count(QueuedPod.Place.ACTIVE)).isEqualTo(1);
    }

    @Test
    void eventsDuringTheFlightCount() throws Exception {
        var one = taken(pod("one", 0));
        var other = taken(pod("other", 0));
        queue.observe(departure());
        queue.rejected(one, FIT);
        assertThat(count(QueuedPod.Place.BACKOFF)).isEqualTo(1);
        var again = queue.take();
        queue.rejected(again, FIT);
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE))
                .as("it has seen that event")
                .isEqualTo(1);
        queue.rejected(other, Set.of("NodeUnschedulable"));
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isEqualTo(2);
    }

    @Test
    void failuresBackOffFromOneSecondToTen() throws Exception {
        var pod = taken(pod("p", 0));
        for (int seconds : new int[] {1, 2, 4, 8, 10, 10}) {
            queue.failed(pod);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                var next = threads.submit(queue::take);
                while (time.timers() < 2) {
                    Thread.onSpinWait();
                }
                time.advance(Duration.ofSeconds(seconds).minusMillis(1));
                assertThat(count(QueuedPod.Place.ERROR_BACKOFF)).isEqualTo(1);
                time.advance(Duration.ofMillis(1));
                assertThat(next.get()).isSameAs(pod);
            }
        }
    }

    @Test
    void noPodIsForgotten() throws Exception {
        var pod = taken(pod("p", 0));
        queue.rejected(pod, FIT);
        time.advance(Duration.ofMinutes(5));
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isEqualTo(1);
        time.advance(Duration.ofSeconds(30));
        assertThat(count(QueuedPod.Place.ACTIVE)).isEqualTo(1);
    }

    @Test
    void aDeletedPodDoesNotComeBack() throws Exception {
        var flying = taken(pod("flying", 0));
        queue.add(pod("waiting", 0));
        queue.delete("uid-flying");
        queue.delete("uid-waiting");
        queue.rejected(flying, FIT);
        for (var place : QueuedPod.Place.values()) {
            assertThat(count(place)).as(place.name()).isZero();
        }
    }

    @Test
    void onlyAChangeOfItsSpecBringsARejectedPodBack() throws Exception {
        var before = pod("p", 0);
        var rejected = taken(before);
        queue.rejected(rejected, FIT);
        var condition = new PodBuilder(before)
                .editStatus()
                .withMessage("unschedulable")
                .endStatus()
                .build();
        queue.update(before, condition);
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isEqualTo(1);
        var smaller = new PodBuilder(TestPods.pod("p", "500m", "1Gi"))
                .editMetadata()
                .withUid("uid-p")
                .endMetadata()
                .build();
        queue.update(condition, smaller);
        assertThat(count(QueuedPod.Place.UNSCHEDULABLE)).isZero();
        assertThat(queue.take().info().requests().cpuMillis()).isEqualTo(500);
    }

    @Test
    void aGatedPodIsActiveOnceItsGatesAreGone() {
        var gated = new PodBuilder(pod("p", 0))
                .editSpec()
                .withSchedulingGates(new PodSchedulingGate("a"), new PodSchedulingGate("b"))
                .endSpec()
                .build();
        queue.add(gated);
        var half = new PodBuilder(gated)
                .editSpec()
                .withSchedulingGates(new PodSchedulingGate("b"))
                .endSpec()
                .build();
        queue.update(gated, half);
        assertThat(count(QueuedPod.Place.GATED)).isEqualTo(1);
        queue.update(half, pod("p", 0));
        assertThat(count(QueuedPod.Place.ACTIVE)).isEqualTo(1);
    }
}

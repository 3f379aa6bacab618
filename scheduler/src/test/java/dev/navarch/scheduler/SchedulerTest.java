package dev.navarch.scheduler;

import static dev.navarch.scheduler.TestPods.node;
import static dev.navarch.scheduler.TestPods.pod;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The scheduler on a server double; time stands still unless a test turns it. */
@Timeout(180)
class SchedulerTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final ManualTime time = new ManualTime(START);
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ApiClient client = api.client();
    private final AtomicInteger bindingsToRefuse = new AtomicInteger();
    private final Scheduler scheduler = new Scheduler(
            new ApiClient(new RefusingTransport(), "test"), time, new Random(2), SchedulerConfig.standard());

    /** Refuses some bindings, lets all else pass. */
    private final class RefusingTransport implements Transport {
        @Override
        public Response send(Request request) throws IOException, InterruptedException {
            if (request.path().contains("/binding") && bindingsToRefuse.getAndDecrement() > 0) {
                return new Response() {
                    @Override
                    public int status() {
                        return 500;
                    }

                    @Override
                    public Optional<String> header(String name) {
                        return Optional.empty();
                    }

                    @Override
                    public byte[] readAll() {
                        return "refused".getBytes(UTF_8);
                    }

                    @Override
                    public byte[] readFrame() {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public void close() {}
                };
            }
            return api.send(request);
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void close() {
        scheduler.close();
    }

    private Pod get(String name) {
        return client.resource(Pod.class).get("default", name).orElseThrow();
    }

    private String nodeOf(String name) {
        var node = get(name).getSpec().getNodeName();
        return node == null ? "" : node;
    }

    private void awaitNode(String name) {
        Await.until(name + " has a node", () -> !nodeOf(name).isEmpty());
    }

    private Optional<PodCondition> scheduled(String name) {
        var conditions = get(name).getStatus().getConditions();
        return conditions.stream()
                .filter(c -> c.getType().equals("PodScheduled"))
                .findFirst();
    }

    private void awaitMessage(String name, String message) {
        Await.until(
                message,
                () -> scheduled(name).map(c -> message.equals(c.getMessage())).orElse(false));
    }

    private List<String> events(String reason) {
        return client.resource(Event.class).list(ListQuery.inNamespace("default")).items().stream()
                .filter(event -> event.getReason().equals(reason))
                .map(Event::getNote)
                .toList();
    }

    @Test
    void aPodIsBoundToANodeThatHasRoom() {
        api.put(node("small", "500m", "1Gi"));
        api.put(node("large", "4", "8Gi"));
        api.put(pod("web", "1", "1Gi"));
        scheduler.start();
        awaitNode("web");
        assertThat(nodeOf("web")).isEqualTo("large");
        Await.until("the event", () -> events("Scheduled").size() == 1);
        assertThat(events("Scheduled")).containsExactly("Successfully assigned default/web to large");
        assertThat(api.writes()).contains("POST /api/v1/namespaces/default/pods/web/binding");
    }

    @Test
    void aPodLargerThanAnyNodeWaitsAndIsScheduledAtOnceWhenRoomAppears() {
        api.put(node("n1", "1", "1Gi"));
        api.put(pod("huge", "2", "1Gi"));
        scheduler.start();
        var message = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
                + "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
        awaitMessage("huge", message);
        var condition = scheduled("huge").orElseThrow();
        assertThat(condition.getStatus()).isEqualTo("False");
        assertThat(condition.getReason()).isEqualTo("Unschedulable");
        Await.until("the event", () -> !events("FailedScheduling").isEmpty());
        assertThat(events("FailedScheduling")).containsExactly(message);
        api.put(node("n2", "4", "4Gi"));
        awaitNode("huge");
        assertThat(nodeOf("huge")).isEqualTo("n2");
    }

    @Test
    void aDeletionMakesRoomAtOnce() {
        api.put(node("n1", "1", "1Gi"));
        var first = api.put(pod("first", "800m", "100Mi"));
        scheduler.start();
        awaitNode("first");
        api.put(pod("second", "800m", "100Mi"));
        awaitMessage(
                "second",
                "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
                        + "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.");
        api.remove(first);
        awaitNode("second");
    }

    @Test
    void aPodThatEndedMakesRoomToo() {
        api.put(node("n1", "1", "1Gi"));
        api.put(pod("job", "800m", "100Mi"));
        scheduler.start();
        awaitNode("job");
        api.put(pod("next", "800m", "100Mi"));
        Await.until("it waits", () -> scheduled("next").isPresent());
        api.put(new PodBuilder(get("job"))
                .editStatus()
                .withPhase("Succeeded")
                .endStatus()
                .build());
        awaitNode("next");
    }

    @Test
    void aCordonedNodeIsUsedWhenItIsUncordoned() {
        var node = api.put(new NodeBuilder(node("n1", "1", "1Gi"))
                .editSpec()
                .withUnschedulable(true)
                .endSpec()
                .build());
        api.put(pod("web", "100m", "1Mi"));
        scheduler.start();
        awaitMessage(
                "web",
                "0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, "
                        + "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.");
        api.put(new NodeBuilder(node)
                .editSpec()
                .withUnschedulable(false)
                .endSpec()
                .build());
        awaitNode("web");
    }

    @Test
    void withoutNodesPodsWaitForTheFirst() {
        api.put(pod("web", "100m", "1Mi"));
        scheduler.start();
        awaitMessage("web", "no nodes available to schedule pods");
        api.put(node("n1", "1", "1Gi"));
        awaitNode("web");
    }

    @Test
    void aGatedPodWaitsForItsGates() {
        api.put(node("n1", "1", "1Gi"));
        var gated = api.put(new PodBuilder(pod("gated", "100m", "1Mi"))
                .editSpec()
                .withSchedulingGates(new PodSchedulingGate("example.com/gate"))
                .endSpec()
                .build());
        scheduler.start();
        api.put(pod("other", "100m", "1Mi"));
        awaitNode("other");
        assertThat(nodeOf("gated")).isEmpty();
        assertThat(scheduler.queue().count(QueuedPod.Place.GATED)).isEqualTo(1);
        api.put(new PodBuilder(gated)
                .editSpec()
                .withSchedulingGates(List.of())
                .endSpec()
                .build());
        awaitNode("gated");
    }

    @Test
    void podsOfOtherSchedulersAreLeftAlone() {
        api.put(node("n1", "1", "1Gi"));
        api.put(new PodBuilder(pod("foreign", "100m", "1Mi"))
                .editSpec()
                .withSchedulerName("other")
                .endSpec()
                .build());
        scheduler.start();
        api.put(pod("own", "100m", "1Mi"));
        awaitNode("own");
        assertThat(nodeOf("foreign")).isEmpty();
    }

    @Test
    void aNodeIsNeverOverbooked() {
        for (int i = 0; i < 5; i++) {
            api.put(node("n" + i, "1", "1Gi"));
        }
        for (int i = 0; i < 30; i++) {
            api.put(pod("p" + i, "250m", "10Mi"));
        }
        scheduler.start();
        Await.until(
                "twenty are bound",
                () -> client.resource(Pod.class).list(ListQuery.all()).items().stream()
                                .filter(p -> p.getSpec().getNodeName() != null)
                                .count()
                        == 20);
        Await.until("ten wait", () -> scheduler.queue().count(QueuedPod.Place.UNSCHEDULABLE) == 10);
        for (var node : client.resource(Node.class).list(ListQuery.all()).items()) {
            assertThat(client.resource(Pod.class).list(ListQuery.all()).items().stream()
                            .filter(p -> node.getMetadata()
                                    .getName()
                                    .equals(p.getSpec().getNodeName())))
                    .hasSize(4);
        }
    }

    @Test
    void roomThatWasKeptForAPodThatGoesIsGivenToAnother() {
        api.put(node("n1", "1", "1Gi"));
        api.put(new PodBuilder(pod("first", "1", "1Gi"))
                .editSpec()
                .withPriority(10)
                .withSchedulingGates(new PodSchedulingGate("example.com/later"))
                .endSpec()
                .editStatus()
                .withNominatedNodeName("n1")
                .endStatus()
                .build());
        scheduler.start();
        api.put(pod("second", "1", "1Gi"));
        awaitMessage(
                "second",
                "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. no new claims to deallocate, "
                        + "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.");
        client.resource(Pod.class).delete("default", "first", DeleteOptions.none());
        awaitNode("second");
        assertThat(nodeOf("second")).isEqualTo("n1");
    }

    @Test
    void aMoreImportantPodPreemptsALessImportantOne() {
        api.put(node("n1", "1", "1Gi"));
        api.put(new PodBuilder(pod("low", "800m", "100Mi"))
                .editSpec()
                .withPriority(1)
                .withTerminationGracePeriodSeconds(0L)
                .endSpec()
                .build());
        scheduler.start();
        awaitNode("low");
        api.put(new PodBuilder(pod("high", "800m", "100Mi"))
                .editSpec()
                .withPriority(1000)
                .endSpec()
                .build());
        Await.until(
                "low is gone or going",
                () -> client.resource(Pod.class)
                        .get("default", "low")
                        .map(p -> p.getMetadata().getDeletionTimestamp() != null)
                        .orElse(true));
        client.resource(Pod.class).get("default", "low").ifPresent(api::remove);
        awaitNode("high");
        Await.until("the event", () -> !events("Preempted").isEmpty());
        assertThat(events("Preempted"))
                .containsExactly("Preempted by pod " + get("high").getMetadata().getUid() + " on node n1");
    }

    @Test
    void aBindingThatIsRefusedIsTriedAgainAfterABackOff() {
        api.put(node("n1", "1", "1Gi"));
        api.put(pod("web", "800m", "1Mi"));
        bindingsToRefuse.set(2);
        scheduler.start();
        awaitMessage(
                "web", "binding rejected: running Bind plugin \"DefaultBinder\": the server answered 500: refused");
        assertThat(scheduled("web").orElseThrow().getReason()).isEqualTo("SchedulerError");
        assertThat(nodeOf("web")).isEmpty();
        Await.until(
                "it is bound",
                time,
                Duration.ofMillis(100),
                () -> !nodeOf("web").isEmpty());
        assertThat(Duration.between(START, time.now())).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    }
}

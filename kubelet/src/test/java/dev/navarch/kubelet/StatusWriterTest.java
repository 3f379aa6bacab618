package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Await;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class StatusWriterTest {
    private final ManualTime time = new ManualTime(TestNode.START);
    private final FakeApi api = new FakeApi(time, new Random(1));

    /** What the writer asked for. */
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private volatile boolean mayRead = true;
    private volatile boolean mayWrite = true;

    private final StatusWriter writer = new StatusWriter(new ApiClient(new Guarded(), "test"), time, _ -> {});

    /**
     * Lets nobody read who may not, as a node reads the pods that are bound to it and no other, and finds a conflict where there
     * is none.
     */
    private final class Guarded implements Transport {
        @Override
        public Response send(Request request) throws IOException, InterruptedException {
            asked.add(request.method());
            if (request.method().equals("GET") && !mayRead) {
                throw new ApiFailure(new StatusBuilder()
                        .withCode(403)
                        .withReason("Forbidden")
                        .withMessage("no relationship found between node 'n1' and this object")
                        .build());
            }
            if (request.method().equals("PATCH") && !mayWrite) {
                throw new ApiFailure(new StatusBuilder()
                        .withCode(409)
                        .withReason("Conflict")
                        .withMessage("the object has been modified")
                        .build());
            }
            return api.send(request);
        }

        @Override
        public void close() {}
    }

    private void submit(Pod pod, String phase) {
        writer.submit(pod, new PodStatusBuilder().withPhase(phase).build());
        settle();
    }

    private void settle() {
        Await.until("the writer rests", () -> !time.busy());
    }

    private String phase() {
        return Pods.phase(api.client().resource(Pod.class).get("default", "a").orElseThrow());
    }

    private Pod create() {
        return api.client().resource(Pod.class).create(TestNode.pod("a").build());
    }

    private Pod createAnotherOfItsName(Pod pod) {
        api.client()
                .resource(Pod.class)
                .delete("default", "a", DeleteOptions.exactly(pod).grace(Duration.ZERO));
        return create();
    }

    @Test
    void whatOthersWroteIsTheNewBase() {
        var pod = create();
        pod.getMetadata().setLabels(Map.of("new", "er"));
        var newer = api.client().resource(Pod.class).update(pod);
        pod.getMetadata()
                .setResourceVersion(
                        String.valueOf(Long.parseLong(newer.getMetadata().getResourceVersion()) - 1));
        submit(pod, "Running");
        assertThat(phase()).isEqualTo("Running");
        assertThat(asked).containsExactly("PATCH", "GET", "PATCH");
    }

    /** The pod was made anew, and is not, or not yet, this node's: it is neither read nor written over and over. */
    @Test
    void thePodThatMayNotBeReadIsTriedLessAndLess() {
        var pod = create();
        var another = createAnotherOfItsName(pod);
        mayRead = false;
        submit(pod, "Running");
        assertThat(asked).containsExactly("PATCH", "GET");
        time.advance(Duration.ofMillis(200));
        settle();
        assertThat(asked).containsExactly("PATCH", "GET", "PATCH", "GET");
        time.advance(Duration.ofMillis(399));
        settle();
        assertThat(asked).hasSize(4);
        mayRead = true;
        time.advance(Duration.ofMillis(1));
        settle();
        assertThat(asked).hasSize(6);
        assertThat(writer.settled(Pods.uid(pod))).as("it is another pod").isTrue();
        assertThat(api.client().resource(Pod.class).get("default", "a")).contains(another);
    }

    @Test
    void aConflictWithNobodyIsTriedLessAndLess() {
        var pod = create();
        mayWrite = false;
        submit(pod, "Running");
        assertThat(asked).containsExactly("PATCH", "GET");
        time.advance(Duration.ofMillis(200));
        settle();
        assertThat(asked).containsExactly("PATCH", "GET", "PATCH", "GET");
        mayWrite = true;
        time.advance(Duration.ofMillis(400));
        settle();
        assertThat(phase()).isEqualTo("Running");
    }

    @Test
    void aPodThatIsForgottenIsNotWritten() {
        var pod = create();
        createAnotherOfItsName(pod);
        mayRead = false;
        submit(pod, "Running");
        writer.forget(Pods.uid(pod));
        time.advance(Duration.ofMinutes(1));
        settle();
        assertThat(asked).containsExactly("PATCH", "GET");
    }
}

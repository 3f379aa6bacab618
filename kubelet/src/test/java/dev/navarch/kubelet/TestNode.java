package dev.navarch.kubelet;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.simulated.ContainerScript;
import dev.navarch.kubelet.simulated.SimulatedRuntime;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** A node agent over the simulated runtime, a fake API server and a clock that the test turns. */
final class TestNode implements AutoCloseable {
    static final Instant START = Instant.parse("2026-03-01T10:00:00Z");

    final ManualTime time = new ManualTime(START);
    final FakeApi api = new FakeApi(time, new Random(1));
    final ApiClient client = api.client();
    /** What containers do, beside what annotations say. */
    volatile ContainerScript.Source scripts = _ -> Optional.empty();

    final SimulatedRuntime runtime =
            new SimulatedRuntime(time, new Random(2), "10.244.1.0/24", start -> scripts.of(start));
    final KubeletConfig config;
    Kubelet kubelet;

    TestNode(Path root, UnaryOperator<KubeletConfig> settings) {
        config = settings.apply(KubeletConfig.of("n1", root, "192.0.2.10"));
        kubelet = startAgent();
    }

    TestNode(Path root) {
        this(root, UnaryOperator.identity());
    }

    private Kubelet startAgent() {
        var machine = new MachineFacts(4, 8L << 30, 100L << 30, Map.of(), "amd64", "6.1.0", "Debian", "m1", "s1", "b1");
        var agent = new Kubelet(config, client, null, runtime, time, machine);
        try {
            agent.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Await.until(
                "the node is registered",
                () -> client.resource(io.fabric8.kubernetes.api.model.Node.class)
                        .get("", "n1")
                        .filter(n -> n.getStatus() != null && n.getStatus().getCapacity() != null)
                        .isPresent());
        return agent;
    }

    /** Ends the agent and starts another over the same runtime. */
    void restartAgent() {
        kubelet.close();
        kubelet = startAgent();
        settle();
    }

    static PodBuilder pod(String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName("n1")
                .withRestartPolicy("Always")
                .withTerminationGracePeriodSeconds(30L)
                .addNewContainer()
                .withName("c")
                .withImage("busybox:1")
                .withImagePullPolicy("IfNotPresent")
                .endContainer()
                .endSpec();
    }

    Pod create(Pod pod) {
        return client.resource(Pod.class).create(pod);
    }

    Pod get(String name) {
        return client.resource(Pod.class).get("default", name).orElseThrow();
    }

    boolean exists(String name) {
        return client.resource(Pod.class).get("default", name).isPresent();
    }

    void delete(String name) {
        client.resource(Pod.class).delete("default", name, DeleteOptions.none());
    }

    ContainerStatus status(String pod) {
        var status = get(pod).getStatus();
        return status == null || status.getContainerStatuses().isEmpty()
                ? new ContainerStatus()
                : status.getContainerStatuses().getFirst();
    }

    /** Why the pod's first container waits; "" if it does not. */
    String waiting(String pod) {
        var state = status(pod).getState();
        return state == null || state.getWaiting() == null
                ? ""
                : String.valueOf(state.getWaiting().getReason());
    }

    void awaitPod(String name, String what, Predicate<Pod> condition) {
        Await.until("pod " + name + " " + what, () -> exists(name) && condition.test(get(name)));
        settle();
    }

    void awaitRunning(String name) {
        awaitPod(
                name,
                "runs",
                p -> Pods.phase(p).equals("Running")
                        && Boolean.TRUE.equals(status(name).getReady()));
        settle();
    }

    void awaitGone(String name) {
        Await.until("pod " + name + " is gone", () -> !exists(name));
        settle();
    }

    void awaitRestarts(String name, int count) {
        awaitPod(name, "has " + count + " restarts", p -> count == status(name).getRestartCount());
    }

    String condition(String pod, String type) {
        return get(pod).getStatus().getConditions().stream()
                .filter(c -> c.getType().equals(type))
                .map(c -> c.getStatus())
                .findFirst()
                .orElse("");
    }

    /** Waits until the agent has done all that it can without the clock moving on. */
    void settle() {
        for (int i = 0; i < 3; i++) {
            Await.until("the agent is idle", () -> api.delivered() && !time.busy());
        }
    }

    void advance(Duration step) {
        time.advance(step);
        settle();
    }

    List<dev.navarch.kubelet.runtime.Container> running() {
        return runtime.listContainers(ContainerFilter.ALL).stream()
                .filter(c -> c.state() == ContainerState.RUNNING)
                .toList();
    }

    List<String> events(String reason) {
        return client.resource(Event.class).list(ListQuery.all()).items().stream()
                .filter(e -> e.getReason().equals(reason))
                .map(Event::getMessage)
                .toList();
    }

    void awaitEvent(String reason, String message) {
        Await.until("event " + reason + ": " + message, () -> events(reason).contains(message));
    }

    @Override
    public void close() {
        kubelet.close();
    }
}

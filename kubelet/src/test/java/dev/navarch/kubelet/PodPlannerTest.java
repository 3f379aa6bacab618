package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.kubelet.PodPlan.SandboxNeed;
import dev.navarch.kubelet.pods.PodObservation;
import dev.navarch.kubelet.pods.PodObservation.Seen;
import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.probes.Health;
import dev.navarch.kubelet.runtime.ContainerMetadata;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ContainerStatus;
import dev.navarch.kubelet.runtime.LinuxResources;
import dev.navarch.kubelet.runtime.NamespaceOptions;
import dev.navarch.kubelet.runtime.SandboxMetadata;
import dev.navarch.kubelet.runtime.SandboxState;
import dev.navarch.kubelet.runtime.SandboxStatus;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PodPlannerTest {
    private final Set<String> dead = new HashSet<>();
    private final Set<String> unstarted = new HashSet<>();
    private final Health health = new Health() {
        @Override
        public boolean livenessFailed(String id) {
            return dead.contains(id);
        }

        @Override
        public boolean startupFailed(String id) {
            return false;
        }

        @Override
        public boolean started(String id, Container spec) {
            return !unstarted.contains(id);
        }

        @Override
        public boolean ready(String id, Container spec) {
            return true;
        }
    };
    private final List<SandboxStatus> sandboxes = new ArrayList<>();
    private final List<Seen> containers = new ArrayList<>();
    private int clock;

    private static Pod pod(String policy, List<String> init, List<String> main) {
        var pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace("n")
                .withName("p")
                .withUid("u")
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy(policy)
                .endSpec()
                .build();
        init.forEach(name -> pod.getSpec().getInitContainers().add(container(name)));
        main.forEach(name -> pod.getSpec().getContainers().add(container(name)));
        return pod;
    }

    private static Container container(String name) {
        var container = new Container();
        container.setName(name);
        container.setImage("i");
        if (name.startsWith("side")) {
            container.setRestartPolicy("Always");
        }
        return container;
    }

    private void sandbox(String id, SandboxState state) {
        sandboxes.add(new SandboxStatus(
                id,
                new SandboxMetadata("p", "u", "n", sandboxes.size()),
                state,
                Instant.ofEpochSecond(clock++),
                state == SandboxState.READY ? List.of("10.0.0.1") : List.of(),
                NamespaceOptions.POD,
                Map.of(),
                Map.of(),
                ""));
    }

    private void has(String sandbox, String name, ContainerState state, int code) {
        containers.add(new Seen(
                sandbox,
                new ContainerStatus(
                        name + clock,
                        new ContainerMetadata(name, 0),
                        state,
                        Instant.ofEpochSecond(clock++),
                        Optional.empty(),
                        Optional.empty(),
                        code,
                        "i",
                        "i",
                        "i",
                        "",
                        "",
                        Map.of(),
                        Map.of(),
                        List.of(),
                        "",
                        LinuxResources.NONE)));
    }

    private PodPlan plan(Pod pod) {
        return PodPlanner.plan(pod, new PodObservation(sandboxes, containers), health);
    }

    private static List<String> starts(PodPlan plan) {
        return plan.starts().stream().map(Pods.Member::name).toList();
    }

    @Test
    void freshPodNeedsASandboxAndItsContainers() {
        var plan = plan(pod("Always", List.of(), List.of("a", "b")));
        assertThat(plan.sandbox()).isEqualTo(new SandboxNeed.Create(0));
        assertThat(starts(plan)).containsExactly("a", "b");
    }

    @Test
    void initContainersGoOneByOne() {
        var pod = pod("Always", List.of("i1", "i2"), List.of("a"));
        sandbox("s", SandboxState.READY);
        assertThat(starts(plan(pod))).containsExactly("i1");
        has("s", "i1", ContainerState.RUNNING, 0);
        assertThat(plan(pod).nothing()).isTrue();
        containers.clear();
        has("s", "i1", ContainerState.EXITED, 0);
        assertThat(starts(plan(pod))).containsExactly("i2");
        has("s", "i2", ContainerState.EXITED, 0);
        assertThat(starts(plan(pod))).containsExactly("a");
    }

    @Test
    void failedInitContainerStartsAgainOrEndsThePod() {
        sandbox("s", SandboxState.READY);
        has("s", "i1", ContainerState.EXITED, 1);
        assertThat(starts(plan(pod("OnFailure", List.of("i1"), List.of("a"))))).containsExactly("i1");
        assertThat(plan(pod("Never", List.of("i1"), List.of("a"))).endPod()).isTrue();
    }

    @Test
    void sidecarMustHaveStartedBeforeTheNext() {
        var pod = pod("Always", List.of("side", "i2"), List.of("a"));
        sandbox("s", SandboxState.READY);
        has("s", "side", ContainerState.RUNNING, 0);
        unstarted.add(containers.getFirst().id());
        assertThat(plan(pod).nothing()).isTrue();
        unstarted.clear();
        assertThat(starts(plan(pod))).containsExactly("i2");
    }

    @Test
    void sidecarStartsAgainWhileTheMainOneRuns() {
        sandbox("s", SandboxState.READY);
        has("s", "side", ContainerState.EXITED, 0);
        has("s", "a", ContainerState.RUNNING, 0);
        assertThat(starts(plan(pod("Never", List.of("side"), List.of("a"))))).containsExactly("side");
    }

    @Test
    void restartPolicyDecides() {
        sandbox("s", SandboxState.READY);
        has("s", "a", ContainerState.EXITED, 0);
        assertThat(starts(plan(pod("Always", List.of(), List.of("a"))))).containsExactly("a");
        assertThat(plan(pod("OnFailure", List.of(), List.of("a"))).endPod()).isTrue();
        assertThat(plan(pod("Never", List.of(), List.of("a"))).endPod()).isTrue();
        containers.clear();
        has("s", "a", ContainerState.EXITED, 2);
        assertThat(starts(plan(pod("OnFailure", List.of(), List.of("a"))))).containsExactly("a");
        assertThat(plan(pod("Never", List.of(), List.of("a"))).endPod()).isTrue();
    }

    @Test
    void unhealthyContainerIsKilledAndNothingElse() {
        sandbox("s", SandboxState.READY);
        has("s", "a", ContainerState.RUNNING, 0);
        has("s", "b", ContainerState.RUNNING, 0);
        dead.add(containers.getFirst().id());
        var plan = plan(pod("Always", List.of(), List.of("a", "b")));
        assertThat(plan.kills())
                .extracting(PodPlan.Kill::message)
                .containsExactly("Container a failed liveness probe, will be restarted");
        assertThat(plan.endPod()).isFalse();
        assertThat(plan.starts()).isEmpty();
    }

    @Test
    void lostSandboxIsMadeAgainWithTheNextAttempt() {
        sandbox("s", SandboxState.NOT_READY);
        has("s", "a", ContainerState.EXITED, 137);
        assertThat(plan(pod("Always", List.of("i1"), List.of("a"))).sandbox()).isEqualTo(new SandboxNeed.Create(1));
        assertThat(starts(plan(pod("Always", List.of("i1"), List.of("a"))))).containsExactly("i1");
        assertThat(plan(pod("Never", List.of(), List.of("a"))).endPod()).isTrue();
    }

    @Test
    void createdContainerIsStartedAnew() {
        sandbox("s", SandboxState.READY);
        has("s", "a", ContainerState.CREATED, 0);
        assertThat(starts(plan(pod("Never", List.of(), List.of("a"))))).containsExactly("a");
    }
}

package dev.navarch.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.simulated.ContainerScript;
import dev.navarch.kubelet.simulated.ContainerScript.Step;
import dev.navarch.kubelet.simulated.ContainerStart;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What containers do when one has ended, by rules of their own. */
@Timeout(180)
class RestartRulesTest {
    @TempDir
    Path root;

    private TestNode node;

    @BeforeEach
    void start() {
        node = new TestNode(root);
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static ContainerScript script(boolean stubborn, Step... steps) {
        return new ContainerScript(
                List.of(steps), Optional.empty(), stubborn, Map.of(), Optional.empty(), Optional.empty());
    }

    private static Container container(String name, String policy, String action, int... codes) {
        var container =
                new ContainerBuilder().withName(name).withImage("busybox:1").withRestartPolicy(policy);
        if (action != null) {
            var values = java.util.Arrays.stream(codes).boxed().toArray(Integer[]::new);
            container = container
                    .addNewRestartPolicyRule()
                    .withAction(action)
                    .withNewExitCodes()
                    .withOperator("In")
                    .withValues(values)
                    .endExitCodes()
                    .endRestartPolicyRule();
        }
        return container.build();
    }

    @ParameterizedTest(name = "pod {0}, container {1}, rule for 42 {2}: {3} starts again {4}")
    @CsvSource({
        "Always, , , 0, true",
        "Always, Never, , 0, false",
        "Never, , , 1, false",
        "Never, OnFailure, , 1, true",
        "Never, OnFailure, , 0, false",
        "OnFailure, Always, , 0, true",
        "Never, Never, Restart, 42, true",
        "Never, Never, Restart, 43, false",
        "Never, Never, RestartAllContainers, 42, true",
    })
    void aContainersRulesThenItsPolicyThenThePodsDecide(
            String pod, String policy, String action, int code, boolean again) {
        var container = container("c", policy, action, 42);
        var spec = new PodBuilder()
                .withNewMetadata()
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy(pod)
                .endSpec()
                .build();
        assertThat(RestartRules.startsAgain(spec, container, code)).isEqualTo(again);
    }

    @Test
    void theNodeDeclaresThatItDoesSo() {
        assertThat(node.client
                        .resource(Node.class)
                        .get("", "n1")
                        .orElseThrow()
                        .getStatus()
                        .getDeclaredFeatures())
                .containsExactly("RestartAllContainersOnContainerExits");
    }

    @Test
    void aContainerStartsAgainByItsOwnRuleThoughThePodDoesNot() {
        node.scripts = start ->
                Optional.of(start.attempt() == 0 ? script(false, new Step.Exit(42)) : script(false, new Step.Exit(1)));
        node.create(TestNode.pod("a")
                .editSpec()
                .withRestartPolicy("Never")
                .withContainers(container("c", "Never", "Restart", 42))
                .endSpec()
                .build());
        node.awaitPod("a", "failed", pod -> Pods.phase(pod).equals("Failed"));
        assertThat(node.status("a").getRestartCount()).isEqualTo(1);
        assertThat(node.status("a").getState().getTerminated().getExitCode()).isEqualTo(1);
        assertThat(node.status("a").getLastState().getTerminated().getExitCode())
                .isEqualTo(42);
    }

    /** An init container, one that ends in the first round after ten seconds, and one that does not want to end. */
    private Pod team() {
        node.scripts = this::script;
        return TestNode.pod("a")
                .editSpec()
                .withRestartPolicy("Never")
                .withInitContainers(container("init", null, null), container("sidecar", "Always", null))
                .withContainers(
                        container("trigger", "Never", "RestartAllContainers", 42), container("stubborn", null, null))
                .endSpec()
                .build();
    }

    private Optional<ContainerScript> script(ContainerStart start) {
        return Optional.of(
                switch (start.container()) {
                    case "init" -> script(false, new Step.Exit(0));
                    case "trigger" ->
                        start.attempt() == 0
                                ? script(false, new Step.Wait(Duration.ofSeconds(10)), new Step.Exit(42))
                                : script(false, new Step.Wait(Duration.ofHours(1)));
                    case "stubborn" -> script(true, new Step.Wait(Duration.ofHours(1)));
                    default -> script(false, new Step.Wait(Duration.ofHours(1)));
                });
    }

    private static Stream<ContainerStatus> statuses(Pod pod) {
        return Stream.concat(
                pod.getStatus().getInitContainerStatuses().stream(), pod.getStatus().getContainerStatuses().stream());
    }

    @Test
    void allContainersStartAgainWhenOneEndsSo() {
        node.create(team());
        node.awaitRunning("a");
        assertThat(node.condition("a", "AllContainersRestarting")).isEqualTo("False");
        node.advance(Duration.ofSeconds(10));
        node.awaitPod(
                "a",
                "is ending its containers",
                pod -> node.condition("a", "AllContainersRestarting").equals("True"));
        assertThat(Pods.phase(node.get("a"))).isEqualTo("Running");
        node.restartAgent();
        node.advance(Duration.ofSeconds(40));
        node.awaitPod(
                "a",
                "runs again",
                pod -> statuses(pod).allMatch(status -> status.getRestartCount() == 1)
                        && pod.getStatus().getContainerStatuses().stream()
                                .allMatch(status -> status.getState().getRunning() != null));
        assertThat(node.condition("a", "AllContainersRestarting")).isEqualTo("False");
        assertThat(Pods.phase(node.get("a"))).isEqualTo("Running");
        assertThat(node.status("a").getLastState().getTerminated().getExitCode())
                .isEqualTo(42);
        assertThat(node.running()).hasSize(3);
        node.advance(Duration.ofMinutes(10));
        assertThat(statuses(node.get("a")).map(ContainerStatus::getRestartCount))
                .containsOnly(1);
    }
}

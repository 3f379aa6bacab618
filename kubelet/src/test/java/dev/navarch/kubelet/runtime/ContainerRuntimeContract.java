package dev.navarch.kubelet.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the node agent relies on in every engine. An engine's test extends this and says how to start it. */
public abstract class ContainerRuntimeContract {

    /** An engine under test, with what the suite can't know about it. */
    public interface Harness extends AutoCloseable {
        ContainerRuntime runtime();

        /** A sandbox whose log directory exists. */
        SandboxConfig sandbox(String name);

        /** A container that runs until it gets its stop signal, and then ends at once. */
        ContainerConfig idle(String name);

        /** A container that ends by itself, at once, with this code. */
        ContainerConfig exiting(String name, int code);

        /** A container that prints this line, then idles. */
        ContainerConfig printing(String name, String line);

        /** An image that is present. */
        String image();

        /** Waits until the condition holds, or fails. */
        void await(String what, BooleanSupplier condition);

        @Override
        void close();
    }

    Harness harness;
    ContainerRuntime runtime;

    protected abstract Harness start() throws Exception;

    @BeforeEach
    void open() throws Exception {
        harness = start();
        runtime = harness.runtime();
    }

    @AfterEach
    void tearDown() {
        if (runtime == null) {
            return;
        }
        for (var sandbox : runtime.listPodSandboxes(SandboxFilter.ALL)) {
            runtime.stopPodSandbox(sandbox.id());
            runtime.removePodSandbox(sandbox.id());
        }
        harness.close();
    }

    String run(String sandboxId, ContainerConfig config, SandboxConfig sandbox) {
        var id = runtime.createContainer(sandboxId, config, sandbox);
        runtime.startContainer(id);
        return id;
    }

    private void awaitState(String id, ContainerState state) {
        harness.await(id + " is " + state, () -> runtime.containerStatus(id).state() == state);
    }

    @Test
    void versionNamesTheEngine() {
        assertThat(runtime.version().name()).isNotBlank();
        assertThat(runtime.version().version()).isNotBlank();
        assertThat(runtime.version().apiVersion()).isEqualTo("v1");
    }

    @Test
    void statusReportsRuntimeAndNetwork() {
        var status = runtime.status();
        assertThat(status.condition(RuntimeStatus.RUNTIME_READY)).get().matches(RuntimeStatus.Condition::status);
        assertThat(status.condition(RuntimeStatus.NETWORK_READY)).isPresent();
    }

    @Test
    void sandboxIsReadyAndHasAnAddressWhenRunReturns() {
        var config = harness.sandbox("a").withLabels(Map.of("k", "v"));
        var id = runtime.runPodSandbox(config, "");
        var status = runtime.podSandboxStatus(id);
        assertThat(status.state()).isEqualTo(SandboxState.READY);
        assertThat(status.ips()).isNotEmpty();
        assertThat(status.metadata()).isEqualTo(config.metadata());
        assertThat(status.labels()).containsEntry("k", "v");
    }

    @Test
    void sandboxesHaveDifferentAddresses() {
        var a = runtime.runPodSandbox(harness.sandbox("a"), "");
        var b = runtime.runPodSandbox(harness.sandbox("b"), "");
        assertThat(runtime.podSandboxStatus(a).ips())
                .doesNotContainAnyElementsOf(runtime.podSandboxStatus(b).ips());
    }

    @Test
    void sandboxesAreListedByLabelStateAndId() {
        var a = runtime.runPodSandbox(harness.sandbox("a").withLabels(Map.of("app", "a", "x", "y")), "");
        var b = runtime.runPodSandbox(harness.sandbox("b").withLabels(Map.of("app", "b")), "");
        runtime.stopPodSandbox(b);
        assertThat(runtime.listPodSandboxes(SandboxFilter.ALL))
                .extracting(Sandbox::id)
                .contains(a, b);
        assertThat(runtime.listPodSandboxes(SandboxFilter.withLabels(Map.of("app", "a"))))
                .extracting(Sandbox::id)
                .containsExactly(a);
        assertThat(runtime.listPodSandboxes(
                        new SandboxFilter(Optional.empty(), Optional.of(SandboxState.NOT_READY), Map.of())))
                .extracting(Sandbox::id)
                .contains(b)
                .doesNotContain(a);
        assertThat(runtime.listPodSandboxes(new SandboxFilter(Optional.of(a), Optional.empty(), Map.of())))
                .extracting(Sandbox::id)
                .containsExactly(a);
    }

    @Test
    void stoppingASandboxEndsItsContainers() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var container = run(sandbox, harness.idle("c"), config);
        runtime.stopPodSandbox(sandbox);
        assertThat(runtime.podSandboxStatus(sandbox).state()).isEqualTo(SandboxState.NOT_READY);
        awaitState(container, ContainerState.EXITED);
    }

    @Test
    void removingASandboxRemovesItsContainers() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var container = run(sandbox, harness.idle("c"), config);
        runtime.stopPodSandbox(sandbox);
        runtime.removePodSandbox(sandbox);
        assertThatThrownBy(() -> runtime.podSandboxStatus(sandbox))
                .isInstanceOfSatisfying(
                        RuntimeFailure.class, e -> assertThat(e.notFound()).isTrue());
        assertThat(runtime.listContainers(ContainerFilter.ALL))
                .extracting(Container::id)
                .doesNotContain(container);
    }

    @Test
    void stoppingAndRemovingWhatIsUnknownIsNoFailure() {
        runtime.stopPodSandbox("0123456789abcdef");
        runtime.removePodSandbox("0123456789abcdef");
        runtime.stopContainer("0123456789abcdef", Duration.ZERO);
        runtime.removeContainer("0123456789abcdef");
    }

    @Test
    void unknownContainerIsNotFound() {
        assertThatThrownBy(() -> runtime.containerStatus("0123456789abcdef"))
                .isInstanceOfSatisfying(
                        RuntimeFailure.class, e -> assertThat(e.notFound()).isTrue());
    }

    @Test
    void containerGoesFromCreatedToRunningToExited() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var labels = Map.of("l", "1");
        var annotations = Map.of("a", "2");
        var wanted = harness.idle("c");
        var id = runtime.createContainer(
                sandbox, wanted.withLabels(labels).withAnnotations(join(wanted.annotations(), annotations)), config);
        var created = runtime.containerStatus(id);
        assertThat(created.state()).isEqualTo(ContainerState.CREATED);
        assertThat(created.startedAt()).isEmpty();
        assertThat(created.metadata()).isEqualTo(wanted.metadata());
        assertThat(created.labels()).containsAllEntriesOf(labels);
        assertThat(created.annotations()).containsAllEntriesOf(annotations);
        assertThat(created.logPath()).isEqualTo(config.logDirectory() + "/" + wanted.logPath());

        runtime.startContainer(id);
        var running = runtime.containerStatus(id);
        assertThat(running.state()).isEqualTo(ContainerState.RUNNING);
        assertThat(running.startedAt()).isPresent();
        assertThat(running.finishedAt()).isEmpty();
        assertThat(running.imageRef()).isNotBlank();

        runtime.stopContainer(id, Duration.ofSeconds(10));
        var exited = runtime.containerStatus(id);
        assertThat(exited.state()).isEqualTo(ContainerState.EXITED);
        assertThat(exited.finishedAt()).isPresent();

        runtime.removeContainer(id);
        assertThat(runtime.listContainers(ContainerFilter.ALL))
                .extracting(Container::id)
                .doesNotContain(id);
    }

    private static Map<String, String> join(Map<String, String> a, Map<String, String> b) {
        var all = new java.util.HashMap<>(a);
        all.putAll(b);
        return all;
    }

    @Test
    void exitCodeIsKept() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var failed = run(sandbox, harness.exiting("failed", 3), config);
        var done = run(sandbox, harness.exiting("done", 0), config);
        awaitState(failed, ContainerState.EXITED);
        awaitState(done, ContainerState.EXITED);
        assertThat(runtime.containerStatus(failed).exitCode()).isEqualTo(3);
        assertThat(runtime.containerStatus(failed).reason()).isEqualTo("Error");
        assertThat(runtime.containerStatus(done).exitCode()).isZero();
        assertThat(runtime.containerStatus(done).reason()).isEqualTo("Completed");
    }

    @Test
    void containersAreListedBySandboxLabelAndState() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var other = harness.sandbox("b");
        var otherSandbox = runtime.runPodSandbox(other, "");
        var one = run(sandbox, harness.idle("one").withLabels(Map.of("n", "1")), config);
        var two = run(sandbox, harness.exiting("two", 0).withLabels(Map.of("n", "2")), config);
        var three = run(otherSandbox, harness.idle("three"), other);
        awaitState(two, ContainerState.EXITED);
        assertThat(runtime.listContainers(ContainerFilter.inSandbox(sandbox)))
                .extracting(Container::id)
                .containsExactlyInAnyOrder(one, two);
        assertThat(runtime.listContainers(ContainerFilter.withLabels(Map.of("n", "2"))))
                .extracting(Container::id)
                .containsExactly(two);
        assertThat(runtime.listContainers(new ContainerFilter(
                        Optional.empty(), Optional.empty(), Optional.of(ContainerState.RUNNING), Map.of())))
                .extracting(Container::id)
                .contains(one, three)
                .doesNotContain(two);
        assertThat(runtime.listContainers(
                        new ContainerFilter(Optional.of(three), Optional.empty(), Optional.empty(), Map.of())))
                .extracting(Container::sandboxId)
                .containsExactly(otherSandbox);
    }

    @Test
    void stopIsIdempotentAndZeroGraceKills() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.idle("c"), config);
        runtime.stopContainer(id, Duration.ZERO);
        runtime.stopContainer(id, Duration.ofSeconds(5));
        assertThat(runtime.containerStatus(id).state()).isEqualTo(ContainerState.EXITED);
        assertThat(runtime.containerStatus(id).exitCode()).isEqualTo(137);
    }

    @Test
    void outputIsInTheLogInCriFormat() throws IOException {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.printing("c", "hello log"), config);
        var log = Path.of(runtime.containerStatus(id).logPath());
        harness.await("the line is logged", () -> Files.exists(log) && read(log).contains("hello log"));
        assertThat(read(log).lines().findFirst().orElse("")).matches("\\d{4}-\\d\\d-\\d\\dT\\S+ stdout F hello log");
    }

    @Test
    void reopenedLogIsANewFile() throws IOException {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.printing("c", "hello log"), config);
        var log = Path.of(runtime.containerStatus(id).logPath());
        harness.await("the line is logged", () -> Files.exists(log) && read(log).contains("hello log"));
        Files.move(log, log.resolveSibling("moved"));
        runtime.reopenContainerLog(id);
        assertThat(log).exists();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void imagesAreKnownByName() {
        var image = runtime.imageStatus(harness.image()).orElseThrow();
        assertThat(image.id()).isNotBlank();
        assertThat(runtime.listImages()).extracting(Image::id).contains(image.id());
        assertThat(runtime.imageStatus(image.id())).map(Image::id).contains(image.id());
    }

    @Test
    void absentImageIsEmptyAndItsRemovalNoFailure() {
        var absent = "registry.invalid/none/such:1";
        assertThat(runtime.imageStatus(absent)).isEmpty();
        runtime.removeImage(absent);
    }

    @Test
    void pullOfAnImageThatCannotBeHadFails() {
        assertThatThrownBy(() ->
                        runtime.pullImage("registry.invalid/none/such:1", RegistryAuth.NONE, harness.sandbox("a")))
                .isInstanceOf(RuntimeFailure.class)
                .hasMessageContaining("registry.invalid/none/such:1");
    }

    @Test
    void runningContainersHaveFigures() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.idle("c"), config);
        var stats = runtime.containerStats(id);
        assertThat(stats.metadata().name()).isEqualTo("c");
        harness.await(
                "cpu is counted",
                () -> runtime.containerStats(id).cpuUsageCoreNanos().isPresent());
        assertThat(runtime.listContainerStats(ContainerFilter.inSandbox(sandbox)))
                .extracting(ContainerStats::id)
                .containsExactly(id);
    }

    @Test
    void limitsCanBeChangedWhileRunning() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.idle("c").withResources(memory(64 << 20)), config);
        runtime.updateContainerResources(id, memory(128 << 20));
        assertThat(runtime.containerStatus(id).resources().memoryLimitBytes()).isEqualTo(OptionalLong.of(128 << 20));
    }

    private static LinuxResources memory(long bytes) {
        return new LinuxResources(
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.of(256),
                OptionalLong.of(bytes),
                OptionalLong.empty(),
                OptionalInt.empty(),
                "",
                "",
                Map.of(),
                Map.of());
    }
}

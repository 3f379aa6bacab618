package dev.navarch.kubelet.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the node agent relies on, beside {@link ContainerRuntimeContract}, in engines whose containers have processes. */
public abstract class CommandContract extends ContainerRuntimeContract {

    @Test
    void commandsGiveOutputAndExitCode() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.idle("c"), config);
        var result =
                runtime.execSync(id, List.of("sh", "-c", "echo out; echo err >&2; exit 7"), Duration.ofSeconds(10));
        assertThat(new String(result.stdout(), StandardCharsets.UTF_8)).isEqualTo("out\n");
        assertThat(new String(result.stderr(), StandardCharsets.UTF_8)).isEqualTo("err\n");
        assertThat(result.exitCode()).isEqualTo(7);
    }

    @Test
    void commandThatTakesTooLongIsCutOff() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.idle("c"), config);
        assertThatThrownBy(() -> runtime.execSync(id, List.of("sleep", "60"), Duration.ofSeconds(1)))
                .isInstanceOfSatisfying(
                        RuntimeFailure.class,
                        e -> assertThat(e.reason()).isEqualTo(RuntimeFailure.Reason.DEADLINE_EXCEEDED));
    }

    @Test
    void streamsHaveUrls() {
        var config = harness.sandbox("a");
        var sandbox = runtime.runPodSandbox(config, "");
        var id = run(sandbox, harness.idle("c"), config);
        assertThat(runtime.exec(new ExecRequest(id, List.of("sh"), false, false, true, true)))
                .matches(uri -> uri.getScheme().startsWith("http") && uri.getPort() > 0);
        assertThat(runtime.attach(new AttachRequest(id, false, false, true, true)))
                .matches(uri -> uri.getPort() > 0);
        assertThat(runtime.portForward(new PortForwardRequest(sandbox, List.of())))
                .matches(uri -> uri.getPort() > 0);
    }
}

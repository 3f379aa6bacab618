package dev.navarch.kubelet;

import dev.navarch.api.values.GoText;
import dev.navarch.kubelet.probes.HttpGet;
import dev.navarch.kubelet.probes.ProbeResult;
import dev.navarch.kubelet.probes.Prober;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Runs what a container wants done after its start or before its end. Source: kubernetes pkg/kubelet/lifecycle/handlers.go. */
record Hooks(ContainerRuntime runtime, TimeSource time) {
    private static final Duration HTTP_TIMEOUT = Duration.ofSeconds(30);

    /**
     * @param limit the longest that a command may take; zero is for ever
     * @return what went wrong
     */
    Optional<String> run(LifecycleHandler hook, Container container, String containerId, String podIp, Duration limit)
            throws InterruptedException {
        if (hook.getExec() != null) {
            var result = runtime.execSync(containerId, hook.getExec().getCommand(), limit);
            return result.exitCode() == 0
                    ? Optional.empty()
                    : Optional.of("Exec lifecycle hook (" + hook.getExec().getCommand() + ") for Container "
                            + GoText.quote(container.getName()) + " failed - error: command exited with "
                            + result.exitCode() + ", message: "
                            + GoText.quote(new String(result.stdout(), StandardCharsets.UTF_8)
                                    + new String(result.stderr(), StandardCharsets.UTF_8)));
        }
        if (hook.getHttpGet() != null) {
            var timeout = limit.isZero() || limit.compareTo(HTTP_TIMEOUT) > 0 ? HTTP_TIMEOUT : limit;
            var result = HttpGet.probe(Prober.target(hook.getHttpGet(), container, podIp), timeout);
            return result.outcome() == ProbeResult.Outcome.SUCCESS
                    ? Optional.empty()
                    : Optional.of("HTTP lifecycle hook for Container " + GoText.quote(container.getName())
                            + " failed - error: " + result.output());
        }
        if (hook.getSleep() != null && hook.getSleep().getSeconds() != null) {
            time.sleep(Duration.ofSeconds(hook.getSleep().getSeconds()));
        }
        return Optional.empty();
    }
}

package dev.navarch.kubelet.probes;

import dev.navarch.api.values.GoText;
import dev.navarch.kubelet.runtime.ContainerRuntime;
import dev.navarch.kubelet.runtime.ContainerRuntime.Condition;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs one probe once. Source of the behaviour: kubernetes pkg/kubelet/prober/prober.go, pkg/probe. */
public final class Prober {
    private static final int MAX_OUTPUT = 10 * 1024;

    private final ContainerRuntime runtime;

    public Prober(ContainerRuntime runtime) {
        this.runtime = runtime;
    }

    /** What the engine says of a container that has nothing to probe; empty if it is to be probed. */
    Optional<Condition> told(String containerId) {
        return runtime.condition(containerId);
    }

    public ProbeResult run(Probe probe, Container container, String containerId, String podIp) {
        var timeout = Duration.ofSeconds(
                probe.getTimeoutSeconds() == null || probe.getTimeoutSeconds() <= 0 ? 1 : probe.getTimeoutSeconds());
        try {
            if (probe.getExec() != null) {
                return exec(probe.getExec().getCommand(), containerId, timeout);
            }
            if (probe.getHttpGet() != null) {
                return HttpGet.probe(target(probe.getHttpGet(), container, podIp), timeout);
            }
            if (probe.getTcpSocket() != null) {
                var host = probe.getTcpSocket().getHost();
                return tcp(
                        host == null || host.isEmpty() ? podIp : host,
                        port(probe.getTcpSocket().getPort(), container),
                        timeout);
            }
            if (probe.getGrpc() != null) {
                var service = probe.getGrpc().getService();
                return GrpcHealth.probe(podIp, probe.getGrpc().getPort(), service == null ? "" : service, timeout);
            }
        } catch (IllegalArgumentException e) {
            return ProbeResult.error(String.valueOf(e.getMessage()));
        }
        return ProbeResult.error("missing probe handler for " + container.getName());
    }

    private ProbeResult exec(List<String> command, String containerId, Duration timeout) {
        try {
            var result = runtime.execSync(containerId, command, timeout);
            if (result.exitCode() == 0) {
                return ProbeResult.success();
            }
            var output = new String(result.stdout(), StandardCharsets.UTF_8)
                    + new String(result.stderr(), StandardCharsets.UTF_8);
            return ProbeResult.failure(output.length() > MAX_OUTPUT ? output.substring(0, MAX_OUTPUT) : output);
        } catch (RuntimeFailure e) {
            return e.reason() == RuntimeFailure.Reason.DEADLINE_EXCEEDED
                    ? ProbeResult.failure("command timed out: \"" + String.join(" ", command) + "\" timed out after "
                            + GoText.duration(timeout))
                    : ProbeResult.error(String.valueOf(e.getMessage()));
        }
    }

    /** The target of a probe or hook that GETs. @throws IllegalArgumentException if its port has no number */
    public static HttpGet.Target target(HTTPGetAction get, Container container, String podIp) {
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        if (get.getHttpHeaders() != null) {
            get.getHttpHeaders().forEach(h -> headers.add(new SimpleEntry<>(h.getName(), h.getValue())));
        }
        return new HttpGet.Target(
                "HTTPS".equalsIgnoreCase(get.getScheme()),
                get.getHost() == null || get.getHost().isEmpty() ? podIp : get.getHost(),
                port(get.getPort(), container),
                get.getPath() == null || get.getPath().isEmpty() ? "/" : get.getPath(),
                headers);
    }

    private static int port(IntOrString port, Container container) {
        if (port.getIntVal() != null) {
            return port.getIntVal();
        }
        var name = port.getStrVal();
        if (container.getPorts() != null) {
            for (var declared : container.getPorts()) {
                if (declared.getName() != null && declared.getName().equals(name)) {
                    return declared.getContainerPort();
                }
            }
        }
        try {
            return Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("couldn't find port: \"" + name + "\"", e);
        }
    }

    private static ProbeResult tcp(String host, int port, Duration timeout) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
            return ProbeResult.success();
        } catch (SocketTimeoutException e) {
            return ProbeResult.failure("dial tcp " + host + ":" + port + ": i/o timeout");
        } catch (ConnectException e) {
            return ProbeResult.failure(HttpGet.refused(host, port, e));
        } catch (IOException e) {
            return ProbeResult.failure("dial tcp " + host + ":" + port + ": " + e.getMessage());
        }
    }
}

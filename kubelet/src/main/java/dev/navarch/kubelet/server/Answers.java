package dev.navarch.kubelet.server;

import dev.navarch.client.Json;
import dev.navarch.kubelet.Kubelet;
import dev.navarch.kubelet.logs.LogOptions;
import dev.navarch.kubelet.logs.LogOptions.Streams;
import dev.navarch.kubelet.logs.LogReader;
import dev.navarch.kubelet.pods.RuntimeLabels;
import dev.navarch.kubelet.runtime.AttachRequest;
import dev.navarch.kubelet.runtime.Container;
import dev.navarch.kubelet.runtime.ContainerFilter;
import dev.navarch.kubelet.runtime.ContainerState;
import dev.navarch.kubelet.runtime.ExecRequest;
import dev.navarch.kubelet.runtime.PortForwardRequest;
import dev.navarch.kubelet.runtime.RuntimeFailure;
import dev.navarch.kubelet.server.Served.Found;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the node's API answers. Knows nothing of connections.
 *
 * <p>Source of the paths and texts: kubernetes pkg/kubelet/server/server.go, pkg/kubelet/kubelet_pods.go
 * (validateContainerLogStatus), pkg/kubelet/server/stats, pkg/kubelet/metrics/collectors/resource_metrics.go.
 */
final class Answers {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";
    private static final Duration RUN_LIMIT = Duration.ofMinutes(2);

    private final Served served;
    private final TimeSource time;

    /** A whole answer. */
    @SuppressWarnings("ArrayRecordComponent") // written once
    record Body(String contentType, byte[] bytes) {
        static Body text(String text) {
            return new Body(TEXT, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    Answers(Served served, TimeSource time) {
        this.served = served;
        this.time = time;
    }

    static List<String> parts(QueryStringDecoder uri) {
        return List.of(uri.path().substring(1).split("/"));
    }

    private static String query(QueryStringDecoder uri, String name) {
        var values = uri.parameters().get(name);
        return values == null || values.isEmpty() ? "" : values.getFirst();
    }

    private static boolean flag(QueryStringDecoder uri, String name) {
        var value = query(uri, name);
        return value.equals("1") || value.equalsIgnoreCase("true");
    }

    /** Whom a request is about, as it is authorized; empty for several nodes. */
    String node(QueryStringDecoder uri) {
        var kubelets = served.kubelets().get();
        if (kubelets.size() == 1) {
            return kubelets.getFirst().nodeName();
        }
        var parts = parts(uri);
        if (parts.size() < 3) {
            return query(uri, "node");
        }
        try {
            return served.pod(parts.get(1), parts.get(2)).kubelet().nodeName();
        } catch (Refusal _) {
            return "";
        }
    }

    // Streams

    /** Where the engine waits for the upgrade. */
    URI stream(QueryStringDecoder uri) throws Refusal {
        var parts = parts(uri);
        var kind = parts.getFirst();
        if (parts.size() < 3) {
            throw new Refusal(404, "404 page not found");
        }
        var found = served.pod(parts.get(1), parts.get(2));
        try {
            if (kind.equals("portForward")) {
                return found.kubelet().runtime().portForward(new PortForwardRequest(Served.sandbox(found), ports(uri)));
            }
            var container = Served.running(found, parts.getLast());
            boolean stdin = flag(uri, "input") || flag(uri, "stdin");
            boolean stdout = flag(uri, "output") || flag(uri, "stdout");
            boolean tty = flag(uri, "tty");
            boolean stderr = !tty && (flag(uri, "error") || flag(uri, "stderr"));
            if (!stdin && !stdout && !stderr) {
                throw new Refusal(400, "you must specify at least 1 of stdin, stdout, stderr");
            }
            if (kind.equals("attach")) {
                return found.kubelet().runtime().attach(new AttachRequest(container.id(), stdin, tty, stdout, stderr));
            }
            var command = uri.parameters().getOrDefault("command", List.of());
            return found.kubelet().runtime().exec(new ExecRequest(container.id(), command, tty, stdin, stdout, stderr));
        } catch (RuntimeFailure e) {
            throw new Refusal(
                    e.reason() == RuntimeFailure.Reason.UNIMPLEMENTED ? 501 : 500, String.valueOf(e.getMessage()));
        }
    }

    private static List<Integer> ports(QueryStringDecoder uri) throws Refusal {
        try {
            return uri.parameters().getOrDefault("port", uri.parameters().getOrDefault("ports", List.of())).stream()
                    .flatMap(p -> List.of(p.split(",")).stream())
                    .map(Integer::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            throw new Refusal(400, "unable to parse ports: " + e.getMessage());
        }
    }

    // Logs

    /** Where a log is and what of it is wanted. */
    record LogSource(Path path, LogOptions options, Found found, String containerId) {}

    LogSource log(QueryStringDecoder uri) throws Refusal {
        var parts = parts(uri);
        if (parts.size() != 4) {
            throw new Refusal(404, "404 page not found");
        }
        var found = served.pod(parts.get(1), parts.get(2));
        var name = parts.get(3);
        if (dev.navarch.kubelet.pods.Pods.member(found.pod(), name).isEmpty()) {
            throw new Refusal(404, "container \"" + name + "\" not found in pod \"" + parts.get(2) + "\"");
        }
        boolean previous = flag(uri, "previous");
        var begun = Served.runs(found, name).stream()
                .filter(c -> c.state() != ContainerState.CREATED)
                .toList();
        int index =
                previous && !begun.isEmpty() && (begun.getFirst().state() == ContainerState.RUNNING || begun.size() > 1)
                        ? 1
                        : 0;
        if (begun.size() <= index) {
            throw new Refusal(
                    400,
                    previous
                            ? "previous terminated container \"" + name + "\" in pod \"" + parts.get(2) + "\" not found"
                            : "container \"" + name + "\" in pod \"" + parts.get(2) + "\" is waiting to start: "
                                    + waitingReason(found.pod(), name));
        }
        var container = begun.get(index);
        var status = found.kubelet().runtime().containerStatus(container.id());
        return new LogSource(Path.of(status.logPath()), options(uri), found, container.id());
    }

    private static String waitingReason(Pod pod, String name) {
        var status = pod.getStatus();
        if (status != null && status.getContainerStatuses() != null) {
            for (var container : status.getContainerStatuses()) {
                if (container.getName().equals(name)
                        && container.getState() != null
                        && container.getState().getWaiting() != null) {
                    return container.getState().getWaiting().getReason();
                }
            }
        }
        return "ContainerCreating";
    }

    private LogOptions options(QueryStringDecoder uri) throws Refusal {
        Optional<Instant> since = Optional.empty();
        try {
            if (!query(uri, "sinceSeconds").isEmpty()) {
                since = Optional.of(time.now().minusSeconds(Long.parseLong(query(uri, "sinceSeconds"))));
            } else if (!query(uri, "sinceTime").isEmpty()) {
                since = Optional.of(
                        java.time.OffsetDateTime.parse(query(uri, "sinceTime")).toInstant());
            }
            return new LogOptions(
                    flag(uri, "follow"),
                    flag(uri, "timestamps"),
                    number(uri, "tailLines"),
                    number(uri, "limitBytes"),
                    since,
                    switch (query(uri, "stream")) {
                        case "Stdout" -> Streams.STDOUT;
                        case "Stderr" -> Streams.STDERR;
                        default -> Streams.ALL;
                    });
        } catch (NumberFormatException | DateTimeParseException e) {
            throw new Refusal(400, "Unable to decode the request as container log options: " + e.getMessage());
        }
    }

    private static OptionalLong number(QueryStringDecoder uri, String name) {
        var text = query(uri, name);
        return text.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Math.max(0, Long.parseLong(text)));
    }

    void copyLog(LogSource source, OutputStream out) throws IOException, InterruptedException {
        var runtime = source.found().kubelet().runtime();
        try {
            LogReader.read(source.path(), source.options(), out, time, () -> {
                try {
                    return runtime.containerStatus(source.containerId()).state() == ContainerState.RUNNING;
                } catch (RuntimeFailure e) {
                    return false;
                }
            });
        } catch (NoSuchFileException e) {
            out.flush(); // started, and has written nothing yet
        }
    }

    // Whole answers

    Body whole(QueryStringDecoder uri) throws Refusal {
        var parts = parts(uri);
        return switch (uri.path()) {
            case "/healthz", "/healthz/ping" -> Body.text("ok");
            case "/pods", "/pods/" ->
                new Body(
                        JSON,
                        pods(served.kubelets().get().stream()
                                .flatMap(k -> k.pods().stream())
                                .toList()));
            case "/runningpods", "/runningpods/" ->
                new Body(
                        JSON,
                        pods(served.kubelets().get().stream()
                                .flatMap(k -> runningPods(k).stream())
                                .toList()));
            case "/metrics" -> Body.text(metrics());
            case "/metrics/resource" -> Body.text(resourceMetrics());
            case "/stats/summary" -> new Body(JSON, Json.mapper().writeValueAsBytes(summary(query(uri, "node"))));
            default -> {
                if (parts.getFirst().equals("run") && parts.size() >= 4) {
                    yield run(uri, parts);
                }
                throw new Refusal(404, "404 page not found");
            }
        };
    }

    private Body run(QueryStringDecoder uri, List<String> parts) throws Refusal {
        var found = served.pod(parts.get(1), parts.get(2));
        var container = Served.running(found, parts.getLast());
        try {
            var result = found.kubelet()
                    .runtime()
                    .execSync(container.id(), List.of(query(uri, "cmd").split(" ")), RUN_LIMIT);
            var both = new java.io.ByteArrayOutputStream();
            both.writeBytes(result.stdout());
            both.writeBytes(result.stderr());
            return new Body(TEXT, both.toByteArray());
        } catch (RuntimeFailure e) {
            throw new Refusal(500, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] pods(List<Pod> pods) {
        var list = JsonNodeFactory.instance.objectNode();
        list.put("kind", "PodList").put("apiVersion", "v1");
        list.putObject("metadata");
        var items = list.putArray("items");
        pods.forEach(p -> items.add(Json.mapper().<ObjectNode>valueToTree(p)));
        return Json.mapper().writeValueAsBytes(list);
    }

    private static List<Pod> runningPods(Kubelet kubelet) {
        var uids = running(kubelet).stream()
                .map(c -> c.labels().getOrDefault(RuntimeLabels.POD_UID, ""))
                .toList();
        return kubelet.pods().stream()
                .filter(p -> uids.contains(p.getMetadata().getUid()))
                .toList();
    }

    private static List<Container> running(Kubelet kubelet) {
        return kubelet.runtime()
                .listContainers(new ContainerFilter(
                        Optional.empty(), Optional.empty(), Optional.of(ContainerState.RUNNING), Map.of()));
    }

    private String metrics() {
        var text = new StringBuilder();
        text.append("# HELP kubelet_node_name [STABLE] The node's name. The count is always 1.\n");
        text.append("# TYPE kubelet_node_name gauge\n");
        for (var kubelet : served.kubelets().get()) {
            text.append("kubelet_node_name{node=\"").append(kubelet.nodeName()).append("\"} 1\n");
        }
        int pods = 0;
        int containers = 0;
        for (var kubelet : served.kubelets().get()) {
            pods += runningPods(kubelet).size();
            containers += running(kubelet).size();
        }
        text.append("# HELP kubelet_running_pods [ALPHA] Number of pods that have a running pod sandbox\n");
        text.append("# TYPE kubelet_running_pods gauge\nkubelet_running_pods ")
                .append(pods)
                .append('\n');
        text.append("# HELP kubelet_running_containers [ALPHA] Number of containers currently running\n");
        text.append("# TYPE kubelet_running_containers gauge\n");
        text.append("kubelet_running_containers{container_state=\"running\"} ")
                .append(containers)
                .append('\n');
        return text.toString();
    }

    private String resourceMetrics() {
        var cpu = new StringBuilder("# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by"
                + " the container in core-seconds\n# TYPE container_cpu_usage_seconds_total counter\n");
        var memory = new StringBuilder("# HELP container_memory_working_set_bytes [STABLE] Current working set of the"
                + " container in bytes\n# TYPE container_memory_working_set_bytes gauge\n");
        for (var kubelet : served.kubelets().get()) {
            for (var stats : kubelet.runtime().listContainerStats(ContainerFilter.ALL)) {
                if (!stats.labels().containsKey(RuntimeLabels.POD_UID)) {
                    continue;
                }
                var labels = "{container=\"" + stats.labels().get(RuntimeLabels.CONTAINER_NAME) + "\",namespace=\""
                        + stats.labels().get(RuntimeLabels.POD_NAMESPACE) + "\",pod=\""
                        + stats.labels().get(RuntimeLabels.POD_NAME) + "\"} ";
                long at = stats.at().toEpochMilli();
                stats.cpuUsageCoreNanos()
                        .ifPresent(v -> cpu.append("container_cpu_usage_seconds_total")
                                .append(labels)
                                .append(String.format(Locale.ROOT, "%.9f", v / 1e9))
                                .append(' ')
                                .append(at)
                                .append('\n'));
                stats.memoryWorkingSetBytes()
                        .ifPresent(v -> memory.append("container_memory_working_set_bytes")
                                .append(labels)
                                .append(v)
                                .append(' ')
                                .append(at)
                                .append('\n'));
            }
        }
        return cpu.append(memory).toString();
    }

    private ObjectNode summary(String nodeName) throws Refusal {
        return served.kubelets().get().stream()
                .filter(k -> nodeName.isEmpty() || k.nodeName().equals(nodeName))
                .findFirst()
                .map(k -> Summary.of(k, time.now()))
                .orElseThrow(() -> new Refusal(404, "no such node"));
    }
}

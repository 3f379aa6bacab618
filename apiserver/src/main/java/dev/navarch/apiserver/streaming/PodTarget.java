package dev.navarch.apiserver.streaming;

import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.Status;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds the kubelet's URL for a pod's subresource. Source: k8s.io/kubernetes pkg/registry/core/pod/strategy.go. */
final class PodTarget {
    private static final int DEFAULT_KUBELET_PORT = 10_250;

    private final ObjectReader objects;
    private final Reachable reachable;

    PodTarget(ObjectReader objects, Reachable reachable) {
        this.objects = objects;
        this.reachable = reachable;
    }

    /** Empty if the pod is on no node yet. */
    Optional<Location> log(ApiRequest request) {
        var pod = pod(request);
        var query = request.query();
        var container = container(pod, query.value("container"));
        validateLogOptions(request.info().name(), query);
        if (nodeName(pod).isEmpty()) {
            return Optional.empty();
        }
        var parameters = new Parameters();
        for (var flag : List.of("follow", "previous", "timestamps")) {
            if (query.flag(flag)) {
                parameters.add(flag, "true");
            }
        }
        for (var option : List.of("sinceSeconds", "sinceTime", "tailLines", "limitBytes", "stream")) {
            query.first(option).ifPresent(value -> parameters.add(option, value));
        }
        return Optional.of(kubelet(
                nodeName(pod),
                parameters.after("/containerLogs/" + request.info().namespace() + "/"
                        + request.info().name() + "/" + container)));
    }

    /** @param command exec or attach */
    Location command(ApiRequest request, String command) {
        var pod = pod(request);
        var query = request.query();
        var container = container(pod, query.value("container"));
        var node = assigned(pod, request.info().name());
        var streams = Streams.asked(query, command);
        var parameters = new Parameters();
        parameters.flag("input", streams.stdin());
        parameters.flag("output", streams.stdout());
        parameters.flag("error", streams.stderr());
        parameters.flag("tty", streams.tty());
        if (command.equals("exec")) {
            query.all("command").forEach(word -> parameters.add("command", word));
        }
        return kubelet(
                node,
                parameters.after("/" + command + "/" + request.info().namespace() + "/"
                        + request.info().name() + "/" + container));
    }

    Location portForward(ApiRequest request) {
        var pod = pod(request);
        var node = assigned(pod, request.info().name());
        var parameters = new Parameters();
        var ports = request.query().all("ports");
        if (!ports.isEmpty()) {
            parameters.add("port", String.join(",", ports));
        }
        return kubelet(
                node,
                parameters.after("/portForward/" + request.info().namespace() + "/"
                        + request.info().name()));
    }

    private ObjectNode pod(ApiRequest request) {
        var info = request.info();
        return objects.read("", "pods", info.namespace(), info.name())
                .orElseThrow(() -> ApiFailure.notFound("", "pods", info.name()));
    }

    private static String nodeName(ObjectNode pod) {
        return pod.path("spec").path("nodeName").asString("");
    }

    private static String assigned(ObjectNode pod, String name) {
        var node = nodeName(pod);
        if (node.isEmpty()) {
            throw ApiFailure.badRequest("pod " + name + " does not have a host assigned");
        }
        return node;
    }

    /** The container that is meant, which must exist. */
    private static String container(ObjectNode pod, String asked) {
        var name = pod.path("metadata").path("name").asString("");
        var spec = pod.path("spec");
        var all = new ArrayList<String>();
        for (var list : List.of("initContainers", "containers", "ephemeralContainers")) {
            spec.path(list).forEach(c -> all.add(c.path("name").asString("")));
        }
        if (!asked.isEmpty()) {
            if (!all.contains(asked)) {
                throw ApiFailure.badRequest("container " + asked + " is not valid for pod " + name);
            }
            return asked;
        }
        var containers = spec.path("containers");
        return switch (containers.size()) {
            case 0 -> throw ApiFailure.badRequest("a container name must be specified for pod " + name);
            case 1 -> containers.get(0).path("name").asString("");
            default ->
                throw ApiFailure.badRequest("a container name must be specified for pod " + name + ", choose one of: ["
                        + String.join(" ", all) + "]");
        };
    }

    /** The kubelet of a node. Source: k8s.io/kubernetes pkg/kubelet/client/kubelet_client.go. */
    Location kubelet(String node, String pathAndQuery) {
        var found = objects.read("", "nodes", "", node).orElseThrow(() -> ApiFailure.notFound("", "nodes", node));
        var status = found.path("status");
        var host = address(status)
                .orElseThrow(() -> ApiFailure.internalError(
                        "no preferred addresses found; known addresses: " + status.path("addresses")));
        int port = status.path("daemonEndpoints")
                .path("kubeletEndpoint")
                .path("Port")
                .asInt(0);
        return reachable.kubelet(new Location(true, true, host, port == 0 ? DEFAULT_KUBELET_PORT : port, pathAndQuery));
    }

    private static Optional<String> address(JsonNode status) {
        for (var type : List.of("InternalIP", "Hostname", "InternalDNS", "ExternalDNS", "ExternalIP")) {
            for (var address : status.path("addresses")) {
                if (address.path("type").asString("").equals(type)) {
                    return Optional.of(address.path("address").asString(""));
                }
            }
        }
        return Optional.empty();
    }

    /** Source: k8s.io/kubernetes pkg/apis/core/validation/validation.go, ValidatePodLogOptions. */
    private static void validateLogOptions(String pod, Query query) {
        List<Status.Cause> causes = new ArrayList<>();
        atLeast(query, "tailLines", 0, "must be greater than or equal to 0", causes);
        atLeast(query, "limitBytes", 1, "must be greater than 0", causes);
        atLeast(query, "sinceSeconds", 1, "must be greater than 0", causes);
        if (query.has("sinceSeconds") && query.has("sinceTime")) {
            causes.add(new Status.Cause(
                    "FieldValueForbidden",
                    "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
                    ""));
        }
        if (!causes.isEmpty()) {
            throw ApiFailure.invalid("", "PodLogOptions", pod, causes);
        }
    }

    private static void atLeast(Query query, String name, long least, String rule, List<Status.Cause> causes) {
        var text = query.first(name);
        if (text.isEmpty()) {
            return;
        }
        try {
            if (Long.parseLong(text.get()) >= least) {
                return;
            }
        } catch (NumberFormatException _) {
            throw ApiFailure.badRequest("strconv.ParseInt: parsing \"" + text.get() + "\": invalid syntax");
        }
        causes.add(new Status.Cause("FieldValueInvalid", "Invalid value: " + text.get() + ": " + rule, name));
    }

    /** A query that is being written. */
    private static final class Parameters {
        private final StringBuilder text = new StringBuilder();

        void add(String name, String value) {
            text.append(text.isEmpty() ? '?' : '&')
                    .append(name)
                    .append('=')
                    .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }

        void flag(String name, boolean set) {
            if (set) {
                add(name, "1");
            }
        }

        String after(String path) {
            return path + text;
        }
    }
}

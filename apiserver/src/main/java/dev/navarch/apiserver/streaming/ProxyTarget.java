package dev.navarch.apiserver.streaming;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.RequestInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds what a proxy request leads to. Source: k8s.io/kubernetes pkg/registry/core/{pod,service,node}, ResourceLocation.
 */
final class ProxyTarget {
    /** All EndpointSlices of a namespace. */
    interface Slices {
        List<ObjectNode> in(String namespace);
    }

    private final ObjectReader objects;
    private final Slices slices;
    private final PodTarget kubelets;
    private final RandomGenerator random;

    ProxyTarget(ObjectReader objects, Slices slices, PodTarget kubelets, RandomGenerator random) {
        this.objects = objects;
        this.slices = slices;
        this.kubelets = kubelets;
        this.random = random;
    }

    /** "name", "name:port" or "scheme:name:port". */
    private record Id(boolean tls, String name, String port) {
        static Id parse(String id, String what) {
            var parts = id.split(":", -1);
            var parsed = switch (parts.length) {
                case 1 -> new Id(false, parts[0], "");
                case 2 -> new Id(false, parts[0], parts[1]);
                case 3 -> new Id(parts[0].equals("https"), parts[1], parts[2]);
                default -> null;
            };
            boolean scheme =
                    parts.length < 3 || parts[0].isEmpty() || parts[0].equals("http") || parts[0].equals("https");
            if (parsed == null || parsed.name.isEmpty() || !scheme) {
                throw ApiFailure.badRequest("invalid " + what + " request " + GoText.quote(id));
            }
            return parsed;
        }
    }

    Location find(ApiRequest request) {
        var info = request.info();
        var rest = rest(request, info);
        return switch (info.resource()) {
            case "nodes" -> node(info, rest);
            case "pods" -> pod(info, rest);
            case "services" -> service(info, rest);
            default -> throw ApiFailure.unknownResource();
        };
    }

    /** What follows {@code /proxy}, encoded, with the query. */
    private static String rest(ApiRequest request, RequestInfo info) {
        var path = request.path();
        int at = path.indexOf("/" + info.name() + "/proxy", path.indexOf("/" + info.resource() + "/"));
        var below = at < 0 ? "" : path.substring(at + info.name().length() + 7);
        return UrlPath.withQuery(below.isEmpty() ? "/" : below, request.query().raw());
    }

    private Location node(RequestInfo info, String rest) {
        var id = Id.parse(info.name(), "node");
        var kubelet = kubelets.kubelet(id.name, rest);
        if (id.port.isEmpty() || id.port.equals(Integer.toString(kubelet.port()))) {
            return kubelet;
        }
        return new Location(
                false, id.tls, Reachable.endpoint(kubelet.host()), port(id.port, "node", info.name()), rest);
    }

    private Location pod(RequestInfo info, String rest) {
        var id = Id.parse(info.name(), "pod");
        var pod = objects.read("", "pods", info.namespace(), id.name)
                .orElseThrow(() -> ApiFailure.notFound("", "pods", id.name));
        int port = id.port.isEmpty() ? firstPort(pod, id.tls) : port(id.port, "pod", info.name());
        var address = pod.path("status").path("podIP").asString("");
        return new Location(false, id.tls, Reachable.endpoint(address), port, rest);
    }

    private static int firstPort(ObjectNode pod, boolean tls) {
        for (var container : pod.path("spec").path("containers")) {
            if (!container.path("ports").isEmpty()) {
                return container.path("ports").get(0).path("containerPort").asInt();
            }
        }
        return tls ? 443 : 80;
    }

    private static int port(String text, String what, String id) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port < 65_536) {
                return port;
            }
        } catch (NumberFormatException _) {
            // refused below
        }
        throw ApiFailure.badRequest("invalid " + what + " request " + GoText.quote(id));
    }

    private Location service(RequestInfo info, String rest) {
        var id = Id.parse(info.name(), "service");
        var service = objects.read("", "services", info.namespace(), id.name)
                .orElseThrow(() -> ApiFailure.notFound("", "services", id.name));
        var portName = portName(service, id);
        List<Location> ready = new ArrayList<>();
        for (var slice : slices.in(info.namespace())) {
            if (slice.path("metadata")
                    .path("labels")
                    .path("kubernetes.io/service-name")
                    .asString("")
                    .equals(id.name)) {
                port(slice, portName)
                        .ifPresent(port -> readyAddresses(slice)
                                .forEach(address -> ready.add(new Location(false, id.tls, address, port, rest))));
            }
        }
        if (ready.isEmpty()) {
            throw ApiFailure.serviceUnavailable("no endpoints available for service " + GoText.quote(id.name));
        }
        var chosen = ready.get(random.nextInt(ready.size()));
        Reachable.endpoint(chosen.host());
        return chosen;
    }

    /** The name of the service's port that is asked for by name or number. */
    private static String portName(ObjectNode service, Id id) {
        var ports = service.path("spec").path("ports");
        if (id.port.isEmpty() && ports.size() == 1) {
            return ports.get(0).path("name").asString("");
        }
        for (var port : ports) {
            var name = port.path("name").asString("");
            if (name.equals(id.port) || port.path("port").asString("").equals(id.port)) {
                return name;
            }
        }
        throw ApiFailure.serviceUnavailable(
                "no service port " + GoText.quote(id.port) + " found for service " + GoText.quote(id.name));
    }

    private static Optional<Integer> port(JsonNode slice, String name) {
        for (var port : slice.path("ports")) {
            if (port.path("name").asString("").equals(name)) {
                return Optional.of(port.path("port").asInt());
            }
        }
        return Optional.empty();
    }

    private static List<String> readyAddresses(JsonNode slice) {
        List<String> addresses = new ArrayList<>();
        for (var endpoint : slice.path("endpoints")) {
            if (endpoint.path("conditions").path("ready").asBoolean(true)
                    && !endpoint.path("addresses").isEmpty()) {
                addresses.add(endpoint.path("addresses").get(0).asString());
            }
        }
        return addresses;
    }
}

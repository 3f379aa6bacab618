package dev.navarch.apiserver.usage;

import dev.navarch.api.GroupVersion;
import dev.navarch.api.values.FieldSelector;
import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.Quantity;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.discovery.Elsewhere;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ClientConnection;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.StreamingHandler;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.apiserver.wire.Negotiated;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Serves {@code metrics.k8s.io/v1beta1} (what pods and nodes use) and {@code custom.metrics.k8s.io/v1beta2} (what goes
 * over pods' networks). Nothing of it is stored. Sources: kubernetes-sigs/metrics-server pkg/api;
 * k8s.io/metrics pkg/apis.
 */
public final class UsageApi implements StreamingHandler {
    private static final GroupVersion METRICS = new GroupVersion("metrics.k8s.io", "v1beta1");
    private static final GroupVersion CUSTOM = new GroupVersion("custom.metrics.k8s.io", "v1beta2");
    private static final Map<String, ToDoubleFunction<NodeFigures.Network>> NETWORK = Map.of(
            "network_receive_bytes_per_second",
            NodeFigures.Network::received,
            "network_transmit_bytes_per_second",
            NodeFigures.Network::sent);

    private final Objects objects;
    private final Figures figures;
    private final Documents documents;
    private final TimeSource time;

    /** All objects of a core resource; of all namespaces if it is empty. */
    public interface Objects {
        List<ObjectNode> list(String resource, String namespace);
    }

    public UsageApi(Objects objects, Kubelets kubelets, Documents documents, TimeSource time) {
        this.objects = objects;
        this.documents = documents;
        this.time = time;
        figures = new Figures(kubelets, time);
    }

    /** What discovery tells of it. */
    public static Map<GroupVersion, Elsewhere.Served> described() {
        return Map.of(
                METRICS, served(METRICS, entry("nodes", "NodeMetrics", false), entry("pods", "PodMetrics", true)),
                CUSTOM, served(CUSTOM));
    }

    private static Elsewhere.Served served(GroupVersion version, ObjectNode... resources) {
        var entry = Tree.object().put("version", version.version()).put("freshness", "Current");
        Tree.childArray(entry, "resources").addAll(List.of(resources));
        return new Elsewhere.Served(entry, false, MissingNode.getInstance(), Map.of());
    }

    private static ObjectNode entry(String resource, String kind, boolean namespaced) {
        var entry = Tree.object().put("resource", resource);
        entry.putObject("responseKind")
                .put("group", METRICS.group())
                .put("version", METRICS.version())
                .put("kind", kind);
        entry.put("scope", namespaced ? "Namespaced" : "Cluster").put("singularResource", "");
        entry.set("verbs", Tree.arrayOf(List.of("get", "list")));
        return entry;
    }

    @Override
    public boolean serves(RequestInfo info) {
        if (info.resourceRequest()) {
            return of(METRICS, info) || of(CUSTOM, info);
        }
        return info.path().equals(METRICS.urlPrefix()) || info.path().equals(CUSTOM.urlPrefix());
    }

    private static boolean of(GroupVersion version, RequestInfo info) {
        return info.group().equals(version.group()) && info.version().equals(version.version());
    }

    @Override
    public void serve(ApiRequest request, ClientConnection client) throws InterruptedException {
        if (!request.method().equals("GET")) {
            throw ApiFailure.methodNotAllowed();
        }
        var answer = answer(request);
        var form = Negotiated.of(request);
        if (form.shape() == Negotiated.Shape.TABLE && UsageTable.canShow(answer)) {
            var table = UsageTable.of(answer, form.version(), request.query().value("includeObject"));
            client.answer(documents.answer(200, form.whole(), table, Headers.EMPTY));
            return;
        }
        client.answer(documents.answer(200, Negotiated.ofDocument(request), answer, Headers.EMPTY));
    }

    private ObjectNode answer(ApiRequest request) throws InterruptedException {
        var info = request.info();
        if (!info.resourceRequest()) {
            return info.path().equals(METRICS.urlPrefix()) ? metricsResources() : customResources();
        }
        if (of(CUSTOM, info)) {
            return custom(request);
        }
        if (!info.subresource().isEmpty() || info.verb().equals("watch")) {
            throw ApiFailure.methodNotAllowed();
        }
        return switch (info.resource()) {
            case "nodes" -> nodes(request);
            case "pods" -> pods(request);
            default -> throw ApiFailure.unknownResource();
        };
    }

    // Discovery

    private static ObjectNode resources(GroupVersion version) {
        return Tree.object()
                .put("kind", "APIResourceList")
                .put("apiVersion", "v1")
                .put("groupVersion", version.toString());
    }

    private static ObjectNode metricsResources() {
        var list = resources(METRICS);
        var resources = list.putArray("resources");
        for (var each : List.of(List.of("nodes", "NodeMetrics"), List.of("pods", "PodMetrics"))) {
            var resource = resources.addObject().put("name", each.getFirst()).put("singularName", "");
            resource.put("namespaced", each.getFirst().equals("pods")).put("kind", each.getLast());
            resource.set("verbs", Tree.arrayOf(List.of("get", "list")));
        }
        return list;
    }

    private static ObjectNode customResources() {
        var list = resources(CUSTOM);
        var resources = list.putArray("resources");
        NETWORK.keySet().stream().sorted().forEach(metric -> {
            var resource = resources.addObject().put("name", "pods/" + metric).put("singularName", "");
            resource.put("namespaced", true).put("kind", "MetricValueList");
            resource.set("verbs", Tree.arrayOf(List.of("get")));
        });
        return list;
    }

    // metrics.k8s.io

    private ObjectNode nodes(ApiRequest request) throws InterruptedException {
        var name = request.info().name();
        var all = objects.list("nodes", "");
        figures.retain(all.stream().map(Meta::name).toList());
        boolean one = request.info().verb().equals("get");
        var wanted = one ? all.stream().filter(n -> Meta.name(n).equals(name)).toList() : selected(request, all);
        if (one && wanted.isEmpty()) {
            throw ApiFailure.notFound("", "nodes", name);
        }
        var known = figures.of(wanted.stream().map(Meta::name).toList());
        List<ObjectNode> found = new ArrayList<>();
        for (var node : wanted) {
            Optional.ofNullable(known.get(Meta.name(node)))
                    .flatMap(f -> f.node().map(usage -> {
                        var metrics = object("NodeMetrics", node, f);
                        metrics.set("usage", usage(usage));
                        return metrics;
                    }))
                    .ifPresent(found::add);
        }
        return one ? only(found, "nodemetrics", name) : list("NodeMetricsList", METRICS, found);
    }

    private ObjectNode pods(ApiRequest request) throws InterruptedException {
        var info = request.info();
        boolean one = info.verb().equals("get");
        var all = objects.list("pods", info.namespace());
        var wanted =
                one ? all.stream().filter(p -> Meta.name(p).equals(info.name())).toList() : selected(request, all);
        if (one && wanted.isEmpty()) {
            throw ApiFailure.notFound("", "pods", info.namespace() + "/" + info.name());
        }
        List<ObjectNode> found = new ArrayList<>();
        for (var measured : measured(wanted)) {
            var each = measured.figures;
            if (each.complete() && !each.containers().isEmpty()) {
                var metrics = object("PodMetrics", measured.pod, measured.node);
                var containers = metrics.putArray("containers");
                each.containers()
                        .forEach((name, usage) ->
                                containers.addObject().put("name", name).set("usage", usage(usage)));
                found.add(metrics);
            }
        }
        return one
                ? only(found, "podmetrics", info.namespace() + "/" + info.name())
                : list("PodMetricsList", METRICS, found);
    }

    private record Measured(ObjectNode pod, NodeFigures node, NodeFigures.PodFigures figures) {}

    /** Those of the running pods whose nodes know them. */
    private List<Measured> measured(List<ObjectNode> pods) throws InterruptedException {
        var running = pods.stream()
                .filter(p -> Tree.text(p, "status", "phase").equals("Running"))
                .toList();
        var known = figures.of(
                running.stream().map(p -> Tree.text(p, "spec", "nodeName")).toList());
        List<Measured> found = new ArrayList<>();
        for (var pod : running) {
            var node = known.get(Tree.text(pod, "spec", "nodeName"));
            if (node != null && node.pods().containsKey(Meta.uid(pod))) {
                found.add(new Measured(pod, node, node.pods().get(Meta.uid(pod))));
            }
        }
        return found;
    }

    private static ObjectNode only(List<ObjectNode> found, String resource, String name) {
        if (found.isEmpty()) {
            throw ApiFailure.notFound(METRICS.group(), resource, name);
        }
        return found.getFirst();
    }

    private static List<ObjectNode> selected(ApiRequest request, List<ObjectNode> all) {
        try {
            var labels = LabelSelector.parse(request.query().value("labelSelector"));
            var fields = FieldSelector.parse(request.query().value("fieldSelector"));
            return all.stream()
                    .filter(object -> labels.matchesObject(object)
                            && fields.matches(f -> switch (f) {
                                case "metadata.name" -> Meta.name(object);
                                case "metadata.namespace" -> Meta.namespace(object);
                                default -> "";
                            }))
                    .toList();
        } catch (SelectorException e) {
            throw ApiFailure.badRequest(e.getMessage());
        }
    }

    private ObjectNode object(String kind, ObjectNode of, NodeFigures node) {
        var object = Tree.object().put("kind", kind).put("apiVersion", METRICS.toString());
        var meta = Meta.of(object).put("name", Meta.name(of));
        if (!Meta.namespace(of).isEmpty()) {
            meta.put("namespace", Meta.namespace(of));
        }
        meta.put("creationTimestamp", Meta.time(time.now()));
        var labels = Meta.labels(of);
        if (!labels.isEmpty()) {
            var copy = meta.putObject("labels");
            labels.forEach(copy::put);
        }
        return object.put("timestamp", Meta.time(node.at())).put("window", window(node));
    }

    private static String window(NodeFigures node) {
        return node.window().toMillis() / 1000.0 + "s";
    }

    private static ObjectNode usage(NodeFigures.Usage usage) {
        return Tree.object()
                .put("cpu", Quantity.parse(usage.cpuNanoCores() + "n").toString())
                .put(
                        "memory",
                        Quantity.ofBytes(usage.memoryBytes() / 1024 * 1024).toString());
    }

    private static ObjectNode list(String kind, GroupVersion version, List<ObjectNode> items) {
        var list = Tree.object().put("kind", kind).put("apiVersion", version.toString());
        list.putObject("metadata");
        Tree.childArray(list, "items").addAll(items);
        return list;
    }

    // custom.metrics.k8s.io

    private ObjectNode custom(ApiRequest request) throws InterruptedException {
        var info = request.info();
        var metric = NETWORK.get(info.subresource());
        if (!info.resource().equals("pods")
                || metric == null
                || info.namespace().isEmpty()) {
            throw ApiFailure.unknownResource();
        }
        var all = objects.list("pods", info.namespace());
        var wanted = info.name().equals("*")
                ? selected(request, all)
                : all.stream().filter(p -> Meta.name(p).equals(info.name())).toList();
        List<ObjectNode> found = new ArrayList<>();
        for (var measured : measured(wanted)) {
            measured.figures.network().ifPresent(network -> {
                var value = Tree.object();
                value.putObject("describedObject")
                        .put("kind", "Pod")
                        .put("namespace", info.namespace())
                        .put("name", Meta.name(measured.pod))
                        .put("apiVersion", "/v1");
                value.putObject("metric").put("name", info.subresource()).putNull("selector");
                value.put("timestamp", Meta.time(measured.node.at()))
                        .put("windowSeconds", measured.node.window().toSeconds())
                        .put(
                                "value",
                                Quantity.ofMillis(Math.round(metric.applyAsDouble(network) * 1000))
                                        .toString());
                found.add(value);
            });
        }
        return list("MetricValueList", CUSTOM, found);
    }
}

package dev.navarch.scheduler;

import dev.navarch.client.Json;
import dev.navarch.scheduler.config.SchedulerConfiguration;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.PreemptionAdvisor;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A helper that is asked over HTTP which nodes do, how much it likes them, whom to preempt, and to bind (source:
 * pkg/scheduler/extender.go, kube-scheduler extender/v1/types.go).
 */
final class Extender implements PreemptionAdvisor {
    private static final Logger log = LoggerFactory.getLogger(Extender.class);
    /** A point of an extender, of at most 10, is worth so much of a plugin's, of at most 100. */
    private static final long POINT = 10;

    private final SchedulerConfiguration.Extender config;
    private final ExtenderHttp http;

    Extender(SchedulerConfiguration.Extender config) {
        this.config = config;
        http = new ExtenderHttp(config);
    }

    /** What the extender said of nodes: those that do, and why others don't. */
    record Answer(Set<String> nodes, Map<String, Status> rejections) {}

    String name() {
        return config.urlPrefix();
    }

    @Override
    public boolean ignorable() {
        return config.ignorable();
    }

    boolean filters() {
        return !config.filterVerb().isEmpty();
    }

    boolean prioritizes() {
        return !config.prioritizeVerb().isEmpty();
    }

    boolean binds() {
        return !config.bindVerb().isEmpty();
    }

    @Override
    public boolean interestedIn(PodInfo pod) {
        if (config.managedResources().isEmpty()) {
            return true;
        }
        var spec = pod.pod().getSpec();
        return Stream.of(
                        spec.getContainers(),
                        spec.getInitContainers() == null ? List.<Container>of() : spec.getInitContainers())
                .flatMap(List::stream)
                .anyMatch(this::managed);
    }

    private boolean managed(Container container) {
        var resources = container.getResources();
        return resources != null && (managed(resources.getRequests()) || managed(resources.getLimits()));
    }

    private boolean managed(@Nullable Map<String, Quantity> amounts) {
        return amounts != null && amounts.keySet().stream().anyMatch(config.managedResources()::contains);
    }

    private ObjectNode arguments(PodInfo pod, List<NodeInfo> nodes) {
        var arguments = JsonNodeFactory.instance.objectNode();
        arguments.set("Pod", Json.mapper().valueToTree(pod.pod()));
        if (config.nodeCacheCapable()) {
            arguments.putNull("Nodes");
            var names = arguments.putArray("NodeNames");
            nodes.forEach(node -> names.add(node.name()));
        } else {
            var items = arguments
                    .putObject("Nodes")
                    .put("kind", "NodeList")
                    .put("apiVersion", "v1")
                    .putArray("items");
            nodes.forEach(node -> items.add(Json.mapper().<JsonNode>valueToTree(node.node())));
            arguments.putNull("NodeNames");
        }
        return arguments;
    }

    Answer filter(PodInfo pod, List<NodeInfo> nodes) throws ExtenderFailure {
        var answer = http.send(config.filterVerb(), arguments(pod, nodes));
        var error = any(answer, "Error").asString("");
        if (!error.isEmpty()) {
            throw new ExtenderFailure(error);
        }
        var asked = new HashSet<String>();
        nodes.forEach(node -> asked.add(node.name()));
        Set<String> passed = new HashSet<>();
        var names = any(answer, "NodeNames");
        if (config.nodeCacheCapable() && names.isArray()) {
            for (var name : names) {
                if (!asked.contains(name.asString(""))) {
                    throw new ExtenderFailure("extender \"" + name() + "\" claims a filtered node \""
                            + name.asString("") + "\" which is not found in the input node list");
                }
                passed.add(name.asString(""));
            }
        } else {
            any(answer, "Nodes")
                    .path("items")
                    .forEach(node ->
                            passed.add(node.path("metadata").path("name").asString("")));
        }
        Map<String, Status> rejections = new HashMap<>();
        any(answer, "FailedNodes")
                .properties()
                .forEach(failed -> rejections.put(
                        failed.getKey(), Status.unschedulable(failed.getValue().asString(""))));
        any(answer, "FailedAndUnresolvableNodes")
                .properties()
                .forEach(failed -> rejections.put(
                        failed.getKey(), Status.unresolvable(failed.getValue().asString(""))));
        return new Answer(passed, rejections);
    }

    /** Go writes and reads these names in any case. */
    private static JsonNode any(JsonNode object, String name) {
        for (var field : object.properties()) {
            if (field.getKey().equalsIgnoreCase(name)) {
                return field.getValue();
            }
        }
        return object.path(name);
    }

    /** Adds its points to those of the plugins. Failures don't matter: the plugins have said enough. */
    void prioritize(PodInfo pod, List<NodeInfo> nodes, long[] totals) {
        Map<String, Long> points = new HashMap<>();
        try {
            for (var entry : http.send(config.prioritizeVerb(), arguments(pod, nodes))) {
                points.put(any(entry, "Host").asString(""), any(entry, "Score").asLong(0));
            }
        } catch (ExtenderFailure e) {
            log.warn("The extender {} did not prioritize: {}", name(), e.getMessage());
            return;
        }
        for (int i = 0; i < totals.length; i++) {
            totals[i] += points.getOrDefault(nodes.get(i).name(), 0L) * config.weight() * POINT;
        }
    }

    void bind(PodInfo pod, String node) throws ExtenderFailure {
        var arguments = JsonNodeFactory.instance.objectNode();
        arguments.put("PodName", pod.key().name());
        arguments.put("PodNamespace", pod.key().namespace());
        arguments.put("PodUID", pod.uid());
        arguments.put("Node", node);
        var error = any(http.send(config.bindVerb(), arguments), "Error").asString("");
        if (!error.isEmpty()) {
            throw new ExtenderFailure(error);
        }
    }

    @Override
    public boolean preempts() {
        return !config.preemptVerb().isEmpty();
    }

    @Override
    public Optional<List<PreemptionAdvisor.Candidate>> choose(
            PodInfo pod, List<PreemptionAdvisor.Candidate> candidates) {
        var arguments = JsonNodeFactory.instance.objectNode();
        arguments.set("Pod", Json.mapper().valueToTree(pod.pod()));
        var map = arguments.putObject(config.nodeCacheCapable() ? "NodeNameToMetaVictims" : "NodeNameToVictims");
        for (var candidate : candidates) {
            var entry = map.putObject(candidate.node().name());
            var victims = entry.putArray("Pods");
            for (var victim : candidate.victims()) {
                if (config.nodeCacheCapable()) {
                    victims.addObject().put("UID", victim.uid());
                } else {
                    victims.add(Json.mapper().<JsonNode>valueToTree(victim.pod()));
                }
            }
            entry.put("NumPDBViolations", candidate.violations());
        }
        try {
            return Optional.of(chosen(http.send(config.preemptVerb(), arguments), candidates));
        } catch (ExtenderFailure e) {
            log.warn("The extender {} did not choose whom to preempt: {}", name(), e.getMessage());
            return Optional.empty();
        }
    }

    private List<PreemptionAdvisor.Candidate> chosen(JsonNode answer, List<PreemptionAdvisor.Candidate> candidates)
            throws ExtenderFailure {
        Map<String, NodeInfo> nodes = new LinkedHashMap<>();
        candidates.forEach(candidate -> nodes.put(candidate.node().name(), candidate.node()));
        List<PreemptionAdvisor.Candidate> chosen = new ArrayList<>();
        for (var entry : any(answer, "NodeNameToMetaVictims").properties()) {
            var node = nodes.get(entry.getKey());
            if (node == null) {
                throw new ExtenderFailure("nodeinfo not found for node name \"" + entry.getKey() + "\"");
            }
            List<PodInfo> victims = new ArrayList<>();
            for (var victim : any(entry.getValue(), "Pods")) {
                victims.add(find(node, any(victim, "UID").asString("")));
            }
            chosen.add(new PreemptionAdvisor.Candidate(
                    node, victims, any(entry.getValue(), "NumPDBViolations").asInt(0)));
        }
        return chosen;
    }

    private PodInfo find(NodeInfo node, String uid) throws ExtenderFailure {
        for (var pod : node.pods()) {
            if (pod.uid().equals(uid)) {
                return pod;
            }
        }
        throw new ExtenderFailure("extender: " + name() + " claims to preempt pod (UID: " + uid + ") on node: "
                + node.name() + ", but the pod is not found on that node");
    }
}

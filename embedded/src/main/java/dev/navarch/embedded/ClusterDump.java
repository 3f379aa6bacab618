package dev.navarch.embedded;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.wire.Documents;
import dev.navarch.client.Json;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.StoreState;
import dev.navarch.time.ManualTime;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The objects of a cluster as {@code kubectl get -o yaml} writes them, with what only the server may set: uids, times, status,
 * owners. Resource versions are not kept; they would mean nothing elsewhere.
 */
final class ClusterDump {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int LONGEST_QUOTE = 200;
    private static final String CUSTOM = "CustomResourceDefinition";
    private static final String MIRROR = "kubernetes.io/config.mirror";

    /** What each cluster has of its own, and another's would be wrong. */
    private static final Set<String> OWN = Set.of(
            "Service default/kubernetes",
            "Endpoints default/kubernetes",
            "EndpointSlice default/kubernetes",
            "ConfigMap kube-system/extension-apiserver-authentication",
            "ServiceCIDR /kubernetes");

    private final List<ObjectNode> objects;

    private ClusterDump(List<ObjectNode> objects) {
        this.objects = objects;
    }

    /**
     * @param source what messages call the text, such as the name of its file
     * @throws EmbeddedClusterException if it is not what kubectl writes
     */
    static ClusterDump read(String yaml, String source) {
        List<ObjectNode> objects = new ArrayList<>();
        for (var document : YamlText.documents(yaml, source)) {
            for (var one : YamlText.isList(document) ? document.path("items") : List.of(document)) {
                if (!(one instanceof ObjectNode object)
                        || text(one, "apiVersion").isEmpty()
                        || text(one, "kind").isEmpty()
                        || name(one).isEmpty()) {
                    var begin = one.toString();
                    throw new EmbeddedClusterException(source
                            + " has something without apiVersion, kind or metadata.name, as kubectl get -o yaml writes them: "
                            + begin.substring(0, Math.min(begin.length(), LONGEST_QUOTE)));
                }
                objects.add(object);
            }
        }
        return new ClusterDump(objects);
    }

    /** All that is in a store, as one list. */
    static String write(StoreState state) {
        var list = JsonNodeFactory.instance.objectNode();
        list.put("apiVersion", "v1").put("kind", "List");
        var items = list.putArray("items");
        for (var entry : state.entries()) {
            // what servers note for themselves has no name
            if (Json.mapper().readTree(entry.value()) instanceof ObjectNode object
                    && !name(object).isEmpty()) {
                items.add(object);
            }
        }
        return Documents.yamlText(list);
    }

    private static String text(JsonNode object, String... path) {
        var at = object;
        for (var name : path) {
            at = at.path(name);
        }
        return at.asString("");
    }

    private static String name(JsonNode object) {
        return text(object, "metadata", "name");
    }

    private static String namespace(JsonNode object) {
        return text(object, "metadata", "namespace");
    }

    /** The nodes of the dump, and those that its pods are on. */
    List<EmbeddedNode> nodes() {
        Map<String, EmbeddedNode> nodes = new LinkedHashMap<>();
        objects.stream().filter(o -> text(o, "kind").equals("Node")).forEach(o -> nodes.put(name(o), node(o)));
        for (var object : objects) {
            var at = text(object, "spec", "nodeName");
            if (text(object, "kind").equals("Pod") && !at.isEmpty() && !over(object)) {
                nodes.computeIfAbsent(at, EmbeddedNode::of);
            }
        }
        return List.copyOf(nodes.values());
    }

    private static boolean over(JsonNode pod) {
        return Set.of("Succeeded", "Failed").contains(text(pod, "status", "phase"));
    }

    private static EmbeddedNode node(ObjectNode object) {
        var node = EmbeddedNode.of(name(object));
        for (var resource : object.path("status").path("capacity").properties()) {
            node = node.withCapacity(resource.getKey(), resource.getValue().asString());
        }
        return node;
    }

    /** A store with the objects beside those that every cluster has. */
    StoreState store(ClusterSettings settings, EmbeddedCertificates certificates, Instant now)
            throws IOException, GeneralSecurityException, InterruptedException {
        var time = new ManualTime(now);
        try (var store = new MemoryStore(time);
                var server = Life.apiServer(
                        settings, certificates, store, time, new Random(settings.seed()), 0, false, _ -> {})) {
            Set<String> defined = new HashSet<>();
            for (var object : objects) {
                if (text(object, "kind").equals(CUSTOM)) {
                    defined.add(text(object, "spec", "group") + " " + text(object, "spec", "names", "kind"));
                    load(server, object, Set.of());
                }
            }
            for (var namespace : namespaces()) {
                load(server, namespace, Set.of());
            }
            for (var object : objects) {
                if (!text(object, "kind").equals(CUSTOM) && !isOwn(object)) {
                    load(server, object, defined);
                }
            }
            return store.state();
        }
    }

    /** Whether the object is one that this cluster makes for itself. */
    private static boolean isOwn(ObjectNode object) {
        var kind = text(object, "kind");
        return OWN.contains(kind + " " + namespace(object) + "/" + name(object))
                || (kind.equals("ConfigMap") && name(object).equals("kube-root-ca.crt"))
                || kind.equals("IPAddress")
                || kind.equals("ComponentStatus")
                || (kind.equals("Lease") && namespace(object).equals("kube-node-lease"))
                || (kind.equals("APIService")
                        && object.path("spec").path("service").isMissingNode())
                || (kind.equals("Pod")
                        && object.path("metadata").path("annotations").has(MIRROR));
    }

    /** The namespaces that objects are in and that the dump doesn't have. */
    private List<ObjectNode> namespaces() {
        Set<String> missing = new HashSet<>();
        objects.forEach(o -> missing.add(namespace(o)));
        objects.stream().filter(o -> text(o, "kind").equals("Namespace")).forEach(o -> missing.remove(name(o)));
        missing.removeAll(Set.of("", "default", "kube-system", "kube-public", "kube-node-lease"));
        return missing.stream()
                .sorted()
                .map(name -> {
                    var namespace = JsonNodeFactory.instance.objectNode();
                    namespace.put("apiVersion", "v1").put("kind", "Namespace");
                    namespace
                            .putObject("metadata")
                            .put("name", name)
                            .putObject("labels")
                            .put("kubernetes.io/metadata.name", name);
                    namespace.putObject("spec").putArray("finalizers").add("kubernetes");
                    namespace.putObject("status").put("phase", "Active");
                    return namespace;
                })
                .toList();
    }

    /** Those of a kind that the dump defines are served a moment after their definition is there. */
    private static void load(ApiServer server, ObjectNode object, Set<String> defined) throws InterruptedException {
        var apiVersion = text(object, "apiVersion");
        var kind = text(object, "kind");
        int slash = apiVersion.indexOf('/');
        boolean comes = slash > 0 && defined.contains(apiVersion.substring(0, slash) + " " + kind);
        long end = System.nanoTime() + LIMIT.toNanos();
        try {
            while (!server.load(object)) {
                if (!comes || System.nanoTime() - end > 0) {
                    throw new EmbeddedClusterException("no matches for kind \"" + kind + "\" in version \"" + apiVersion
                            + "\"; does the dump have its CustomResourceDefinition?");
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                LockSupport.parkNanos(1_000_000);
            }
        } catch (ApiFailure e) {
            throw new EmbeddedClusterException(
                    kind + " " + namespace(object) + "/" + name(object) + " can't be read: " + e.getMessage(), e);
        }
    }
}

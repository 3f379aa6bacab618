package dev.navarch.apiserver.authz;

import dev.navarch.apiserver.registry.Topics;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which node has to do with which object, through the pods that run on it (source: kubernetes
 * plugin/pkg/auth/authorizer/node/graph.go and graph_populator.go, which keep a graph of vertices; here each thing that pods
 * name knows its nodes, and how many pods of each name it).
 *
 * <pre>
 *   node ◄─ pod ◄─ config map, secret, service account, resource claim, volume claim ◄─ volume ◄─ secret
 *   node ◄─ volume attachment, resource slice, pod certificate request
 * </pre>
 */
final class NodeGraph {
    /** Of what pods, or volumes, name. */
    enum Kind {
        CONFIG_MAP,
        SECRET,
        SERVICE_ACCOUNT,
        CLAIM,
        RESOURCE_CLAIM
    }

    /** An object that may or may not be there. */
    record Thing(Kind kind, String namespace, String name) {}

    private final JsonMapper json = JsonMapper.shared();
    private final Pods pods = new Pods();
    private final Volumes volumes = new Volumes();
    private final NodesOf attachments = new NodesOf("/registry/storage.k8s.io/volumeattachments/");
    private final NodesOf podCertificates = new NodesOf("/registry/certificates.k8s.io/podcertificaterequests/");
    private final NodesOf slices = new NodesOf("/registry/resource.k8s.io/resourceslices/");

    /** What keeps this in step. */
    List<StoreFeed.Target> stored() {
        return List.of(pods, volumes, attachments, slices, podCertificates);
    }

    /** Whether the pod is bound to the node. */
    boolean runs(String node, String namespace, String pod) {
        var known = pods.known.get(Pods.PREFIX + namespace + "/" + pod);
        return known != null && known.node.equals(node);
    }

    /** Whether a pod of the node names the thing; a secret also if a volume of such a pod does. */
    boolean uses(String node, Thing thing) {
        return pods.name(node, thing) || thing.kind == Kind.SECRET && usesByVolume(node, thing);
    }

    private boolean usesByVolume(String node, Thing secret) {
        for (var volume : volumes.bySecret.getOrDefault(secret, Set.of())) {
            var claim = volumes.known.get(volume);
            if (claim != null && pods.name(node, claim.claim)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a pod of the node names the claim that the volume is bound to. */
    boolean usesVolume(String node, String volume) {
        var known = volumes.known.get(Volumes.PREFIX + volume);
        return known != null && pods.name(node, known.claim);
    }

    boolean hasAttachment(String node, String attachment) {
        return attachments.isOf(node, attachment);
    }

    boolean hasSlice(String node, String slice) {
        return slices.isOf(node, slice);
    }

    boolean hasPodCertificate(String node, String namespace, String name) {
        return podCertificates.isOf(node, namespace + "/" + name);
    }

    /** The pods that are bound, and what they name. */
    private final class Pods implements StoreFeed.Target {
        static final String PREFIX = "/registry/core/pods/";
        private static final BytesSearch BOUND = new BytesSearch("\"nodeName\"");
        /** What names more in a pod that is bound already. */
        private static final BytesSearch LATE = new BytesSearch("\"ephemeralContainers\"");

        private static final BytesSearch CLAIMS = new BytesSearch("ClaimStatus");

        /** By key. */
        final Map<String, Bound> known = new ConcurrentHashMap<>();

        /** How many pods of each node name a thing. */
        private final Map<Thing, Map<String, Integer>> nodes = new ConcurrentHashMap<>();

        /** @param created tells a pod from an earlier one of its name */
        private record Bound(String node, long created, Set<Thing> things) {}

        boolean name(String node, Thing thing) {
            var users = nodes.get(thing);
            return users != null && users.containsKey(node);
        }

        @Override
        public String prefix() {
            return PREFIX;
        }

        /** What pods name stands fast once they are bound, but for what is added while they run. */
        @Override
        public void put(Entry now) {
            var before = known.get(now.key());
            if (before == null && now.topic() == Topics.UNBOUND) {
                return;
            }
            var bytes = now.value();
            if (before != null && before.created == now.createRevision()
                    ? !LATE.in(bytes) && !CLAIMS.in(bytes)
                    : !BOUND.in(bytes)) {
                return;
            }
            var pod = json.readTree(bytes);
            var node = Tree.text(pod, "spec", "nodeName");
            if (node.isEmpty()) {
                remove(now.key());
                return;
            }
            var namespace = now.key().substring(PREFIX.length(), now.key().lastIndexOf('/'));
            var after = new Bound(node, now.createRevision(), PodLinks.of(namespace, pod));
            link(after);
            unlink(known.put(now.key(), after));
        }

        @Override
        public void remove(String key) {
            unlink(known.remove(key));
        }

        @Override
        public Set<String> known() {
            return known.keySet();
        }

        private void link(Bound pod) {
            for (var thing : pod.things) {
                nodes.computeIfAbsent(thing, _ -> new ConcurrentHashMap<>(2)).merge(pod.node, 1, Integer::sum);
            }
        }

        private void unlink(@Nullable Bound pod) {
            if (pod == null) {
                return;
            }
            for (var thing : pod.things) {
                nodes.computeIfPresent(thing, (_, users) -> {
                    users.computeIfPresent(pod.node, (_, count) -> count == 1 ? null : count - 1);
                    return users.isEmpty() ? null : users;
                });
            }
        }
    }

    /** The volumes that are bound to claims, and the secrets that nodes need for them. */
    private final class Volumes implements StoreFeed.Target {
        static final String PREFIX = "/registry/core/persistentvolumes/";
        /** Sources whose secret lies beside the claim, unless its reference says otherwise. */
        private static final List<String> BY_REFERENCE =
                List.of("cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos");

        private static final List<String> OF_CSI =
                List.of("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef");

        final Map<String, Volume> known = new ConcurrentHashMap<>();
        /** Keys of volumes; the sets are never changed in place. */
        final Map<Thing, Set<String>> bySecret = new ConcurrentHashMap<>();

        private record Volume(Thing claim, Set<Thing> secrets) {}

        @Override
        public String prefix() {
            return PREFIX;
        }

        @Override
        public void put(Entry now) {
            var spec = json.readTree(now.value()).path("spec");
            if (!Tree.has(spec, "claimRef")) {
                remove(now.key());
                return;
            }
            var namespace = Tree.text(spec, "claimRef", "namespace");
            var claim = new Thing(Kind.CLAIM, namespace, Tree.text(spec, "claimRef", "name"));
            var after = new Volume(claim, secrets(spec, namespace));
            for (var secret : after.secrets) {
                bySecret.merge(secret, Set.of(now.key()), Volumes::union);
            }
            unlink(known.put(now.key(), after), after.secrets, now.key());
        }

        /** Source: kubernetes pkg/api/v1/persistentvolume/util.go, VisitPVSecretNames, those that kubelets may see. */
        private static Set<Thing> secrets(JsonNode spec, String namespace) {
            Set<Thing> found = new HashSet<>();
            if (Tree.has(spec, "azureFile")) {
                var own = Tree.text(spec, "azureFile", "secretNamespace");
                add(found, own.isEmpty() ? namespace : own, Tree.text(spec, "azureFile", "secretName"));
            }
            for (var source : BY_REFERENCE) {
                reference(found, Tree.at(spec, source, "secretRef"), namespace);
            }
            for (var reference : OF_CSI) {
                reference(found, Tree.at(spec, "csi", reference), namespace);
            }
            return Set.copyOf(found);
        }

        private static void reference(Set<Thing> found, JsonNode reference, String namespace) {
            var own = Tree.text(reference, "namespace");
            add(found, own.isEmpty() ? namespace : own, Tree.text(reference, "name"));
        }

        private static void add(Set<Thing> found, String namespace, String name) {
            if (!name.isEmpty()) {
                found.add(new Thing(Kind.SECRET, namespace, name));
            }
        }

        private static Set<String> union(Set<String> some, Set<String> more) {
            var all = new HashSet<>(some);
            all.addAll(more);
            return Set.copyOf(all);
        }

        @Override
        public void remove(String key) {
            unlink(known.remove(key), Set.of(), key);
        }

        private void unlink(@Nullable Volume old, Set<Thing> kept, String key) {
            if (old == null) {
                return;
            }
            for (var secret : old.secrets) {
                if (!kept.contains(secret)) {
                    bySecret.computeIfPresent(secret, (_, keys) -> {
                        var rest = new HashSet<>(keys);
                        rest.remove(key);
                        return rest.isEmpty() ? null : Set.copyOf(rest);
                    });
                }
            }
        }

        @Override
        public Set<String> known() {
            return known.keySet();
        }
    }

    /** Objects that are one node's. */
    private final class NodesOf implements StoreFeed.Target {
        private final String prefix;
        private final Map<String, String> known = new ConcurrentHashMap<>();

        NodesOf(String prefix) {
            this.prefix = prefix;
        }

        boolean isOf(String node, String name) {
            return node.equals(known.get(prefix + name));
        }

        @Override
        public String prefix() {
            return prefix;
        }

        @Override
        public void put(Entry now) {
            var name = Tree.text(json.readTree(now.value()), "spec", "nodeName");
            if (name.isEmpty()) {
                remove(now.key());
            } else {
                known.put(now.key(), name);
            }
        }

        @Override
        public void remove(String key) {
            known.remove(key);
        }

        @Override
        public Set<String> known() {
            return known.keySet();
        }
    }
}

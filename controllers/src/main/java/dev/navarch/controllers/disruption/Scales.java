package dev.navarch.controllers.disruption;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerRef;
import dev.navarch.client.Informer;
import dev.navarch.controllers.ControllerContext;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many pods the owner of a pod is to have: from the cache for the built-in workloads, else from the owner's
 * {@code scale}. A ReplicaSet of a Deployment counts as that Deployment.
 */
final class Scales {
    private final ApiClient client;
    private final List<Source<?>> sources;

    /** @param uid of the object that has the scale */
    record Scale(String uid, int replicas) {}

    /** A kind whose objects are at hand. */
    private record Source<T extends HasMetadata>(
            String kind, Set<String> groups, Informer<T> objects, Function<T, @Nullable Integer> replicas) {

        boolean knows(OwnerReference owner) {
            return kind.equals(owner.getKind()) && groups.contains(group(owner.getApiVersion()));
        }

        Optional<T> find(OwnerReference owner, String namespace) {
            return objects.get(namespace, owner.getName())
                    .filter(o -> o.getMetadata().getUid().equals(owner.getUid()));
        }

        Optional<Scale> scale(OwnerReference owner, String namespace) {
            return find(owner, namespace).map(o -> {
                var wished = replicas.apply(o);
                return new Scale(o.getMetadata().getUid(), wished == null ? 1 : wished);
            });
        }
    }

    Scales(ControllerContext context) {
        client = context.client();
        var apps = Set.of("apps", "extensions");
        sources = List.of(
                new Source<>(
                        "ReplicationController",
                        Set.of(""),
                        context.informer(ReplicationController.class),
                        o -> o.getSpec().getReplicas()),
                new Source<>(
                        "ReplicaSet",
                        apps,
                        context.informer(ReplicaSet.class),
                        o -> o.getSpec().getReplicas()),
                new Source<>(
                        "Deployment",
                        apps,
                        context.informer(Deployment.class),
                        o -> o.getSpec().getReplicas()),
                new Source<>(
                        "StatefulSet",
                        Set.of("apps"),
                        context.informer(StatefulSet.class),
                        o -> o.getSpec().getReplicas()));
    }

    /**
     * @return empty if the owner is gone
     * @throws IllegalStateException if the owner is of a kind that has no scale
     */
    Optional<Scale> of(OwnerReference owner, String namespace) {
        for (var source : sources) {
            if (source.knows(owner)) {
                var above = source.kind.equals("ReplicaSet")
                        ? source.find(owner, namespace)
                                .flatMap(ControllerRef::of)
                                .filter(r -> r.getKind().equals("Deployment"))
                        : Optional.<OwnerReference>empty();
                return above.isPresent() ? of(above.get(), namespace) : source.scale(owner, namespace);
            }
        }
        return ask(owner, namespace);
    }

    private Optional<Scale> ask(OwnerReference owner, String namespace) {
        var version = owner.getApiVersion();
        var root = (group(version).isEmpty() ? "/api/" : "/apis/") + version;
        var plural = plural(root, group(version), owner.getKind());
        try {
            var scale = client.raw(root + "/namespaces/" + namespace + "/" + plural + "/" + owner.getName() + "/scale");
            return Optional.of(new Scale(
                            scale.path("metadata").path("uid").asString(""),
                            scale.path("spec").path("replicas").asInt(0)))
                    .filter(s -> s.uid.equals(owner.getUid()));
        } catch (ApiFailure e) {
            if (e.notFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The plural of a kind that has a scale. */
    private String plural(String root, String group, String kind) {
        var resources = client.raw(root).path("resources");
        for (var resource : resources) {
            var name = resource.path("name").asString("");
            if (resource.path("kind").asString("").equals(kind) && !name.contains("/")) {
                for (var other : resources) {
                    if (other.path("name").asString("").equals(name + "/scale")) {
                        return name;
                    }
                }
                throw new IllegalStateException(
                        name + (group.isEmpty() ? "" : "." + group) + " does not implement the scale subresource");
            }
        }
        throw new IllegalStateException(
                "no matches for kind \"" + kind + "\" in version \"" + root.substring(root.indexOf('/', 1) + 1) + "\"");
    }

    private static String group(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }
}

package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** What kind of cluster is asked for; who asks for the same may share one. */
record Wanted(
        KubernetesCluster.Lifetime lifetime,
        int nodes,
        List<SimulatedNode> node,
        KubernetesCluster.Containers containers,
        List<String> images,
        List<ClusterUser> users,
        boolean paused,
        String startsAt,
        List<String> manifests,
        List<Class<?>> crds,
        String runtimeConfig) {

    /** @param containers what they are if the annotation does not ask for real ones */
    static Wanted by(KubernetesCluster asked, KubernetesCluster.Containers containers) {
        return new Wanted(
                asked.lifetime(),
                asked.nodes(),
                List.of(asked.node()),
                asked.containers() == KubernetesCluster.Containers.REAL ? asked.containers() : containers,
                List.of(asked.images()),
                List.of(asked.users()),
                asked.paused(),
                asked.startsAt(),
                List.of(asked.manifests()),
                List.of(asked.crds()),
                asked.runtimeConfig());
    }

    EmbeddedCluster start() {
        var builder = EmbeddedCluster.builder().runtimeConfig(runtimeConfig);
        if (node.isEmpty()) {
            builder.nodes(nodes);
        }
        node.forEach(one -> builder.node(NodeReading.of(one)));
        if (containers == KubernetesCluster.Containers.REAL) {
            builder.realContainers();
            images.forEach(archive -> builder.image(Path.of(archive)));
        }
        if (!startsAt.isEmpty()) {
            try {
                builder.startsAt(Instant.parse(startsAt));
            } catch (DateTimeParseException e) {
                throw new ExtensionConfigurationException(
                        "startsAt is not an instant such as 2026-03-01T12:00:00Z: " + startsAt, e);
            }
        }
        if (paused) {
            builder.paused();
        }
        return prepared(builder.start());
    }

    private static void grant(EmbeddedCluster cluster, ClusterUser user) {
        for (var role : user.clusterRoles()) {
            cluster.apply("""
                    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                     "metadata": {"name": "%1$s:%2$s"},
                     "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "%2$s"},
                     "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "%1$s"}]}
                    """.formatted(user.name(), role));
        }
    }

    /** The groups of a user who was declared. */
    String[] groups(String user) {
        return users.stream()
                .filter(one -> one.name().equals(user))
                .findFirst()
                .map(ClusterUser::groups)
                .orElseGet(() -> new String[0]);
    }

    /** With its definitions, manifests and users. */
    EmbeddedCluster prepared(EmbeddedCluster cluster) {
        try {
            crds.forEach(type -> Definitions.apply(cluster, type));
            manifests.forEach(manifest -> ManifestSource.apply(cluster, manifest));
            users.forEach(user -> grant(cluster, user));
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }
}

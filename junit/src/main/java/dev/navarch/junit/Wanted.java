package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** What kind of cluster is asked for; who asks for the same may share one. */
record Wanted(
        KubernetesCluster.Lifetime lifetime,
        int nodes,
        boolean paused,
        String startsAt,
        List<String> manifests,
        List<Class<?>> crds,
        String runtimeConfig) {

    static Wanted by(KubernetesCluster asked) {
        return new Wanted(
                asked.lifetime(),
                asked.nodes(),
                asked.paused(),
                asked.startsAt(),
                List.of(asked.manifests()),
                List.of(asked.crds()),
                asked.runtimeConfig());
    }

    EmbeddedCluster start() {
        var builder = EmbeddedCluster.builder().nodes(nodes).runtimeConfig(runtimeConfig);
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

    /** With its definitions and manifests. */
    EmbeddedCluster prepared(EmbeddedCluster cluster) {
        try {
            crds.forEach(type -> Definitions.apply(cluster, type));
            manifests.forEach(manifest -> ManifestSource.apply(cluster, manifest));
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }
}

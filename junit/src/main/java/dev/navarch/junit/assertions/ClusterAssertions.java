package dev.navarch.junit.assertions;

import dev.navarch.embedded.EmbeddedCluster;

/**
 * Where assertions begin; to be imported statically, beside AssertJ's own.
 *
 * <pre>{@code
 * assertThat(cluster).inNamespace("shop").deployment("web").isAvailable();
 * assertThat(cluster).object("example.com/v1", "Backup", "nightly").has("Succeeded", "status", "phase");
 * }</pre>
 */
public final class ClusterAssertions {
    private ClusterAssertions() {}

    public static ClusterAssert assertThat(EmbeddedCluster cluster) {
        return new ClusterAssert(cluster, "default");
    }
}

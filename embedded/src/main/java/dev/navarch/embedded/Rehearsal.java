package dev.navarch.embedded;

import java.time.Duration;

/**
 * A short life of a cluster, from which a JVM can make an ahead-of-time cache: {@code java -XX:AOTCacheOutput=navarch.aot -cp
 * JARS dev.navarch.embedded.Rehearsal}. With it, clusters of JVMs whose class path begins with the same jars start in about half
 * the time.
 */
public final class Rehearsal {
    private static final String WEB = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: default}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: web, image: web}]}
            """;

    private Rehearsal() {}

    public static void main(String[] arguments) {
        try (var cluster = EmbeddedCluster.start()) {
            cluster.apply(WEB);
            cluster.awaitIdle();
            cluster.clock().advance(Duration.ofSeconds(5));
            cluster.kubeconfig();
            cluster.fork().close();
        }
    }
}

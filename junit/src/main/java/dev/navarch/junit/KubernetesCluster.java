package dev.navarch.junit;

import dev.navarch.embedded.EmbeddedCluster;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the tests of a class a cluster: API server, controllers, scheduler and simulated nodes in this process.
 *
 * <p>Constructors and methods of the class may take, as parameters, the {@link EmbeddedCluster}, its {@link
 * dev.navarch.embedded.ClusterClock}, a fabric8 {@code KubernetesClient} or the official client's {@code ApiClient} if
 * they are on the class path, a {@code String} or {@code Path} annotated {@link Kubeconfig}, and a {@code String}
 * annotated {@link TestNamespace}. So may fields that are annotated {@link Injected}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@ExtendWith(KubernetesClusterExtension.class)
public @interface KubernetesCluster {

    /** How long one cluster is used. */
    Lifetime lifetime() default Lifetime.CLASS;

    /** How many nodes, called {@code node-1} and so on. */
    int nodes() default 1;

    /** Nodes that are not like the usual ones, in place of those. */
    SimulatedNode[] node() default {};

    /**
     * Whether containers are real. Where that is not said, JUnit's configuration parameter {@code navarch.containers} says it,
     * so that the same tests may be run either way.
     */
    Containers containers() default Containers.SIMULATED;

    /** Archives of images that real containers may have, as {@code docker save} writes them, or OCI archives: files' paths. */
    String[] images() default {};

    /** Who else uses the cluster, beside the administrator. */
    ClusterUser[] users() default {};

    /** Whether the clock stands still until a test advances it. */
    boolean paused() default false;

    /** The time at which the clock starts, such as {@code 2026-03-01T12:00:00Z}; empty for the present. */
    String startsAt() default "";

    /**
     * Manifests to apply before the tests: {@code classpath:crds.yaml}, or a file's path. In their order; a definition
     * of custom resources goes before its instances.
     */
    String[] manifests() default {};

    /**
     * Annotated classes of fabric8's custom resources, whose definitions are applied before the manifests. The definition is
     * the one that fabric8's generator has left on the class path when the class was compiled, or makes now if it is on the
     * class path itself; without either, one is made that takes any fields.
     */
    Class<?>[] crds() default {};

    /** APIs to switch on or off, such as {@code api/beta=true}. */
    String runtimeConfig() default "";

    /** What containers are. */
    enum Containers {
        /** They do what annotations and the test say, and take no time. */
        SIMULATED,
        /**
         * They run on this machine, which is the one node. It takes Linux, root and the artifact {@code navarch-cluster} on the
         * class path.
         */
        REAL
    }

    /** How long one cluster is used. */
    enum Lifetime {
        /** By all tests of the JVM that ask for the same; it ends with the JVM's test run. */
        RUN,
        /** By the tests of a class, nested ones included. */
        CLASS,
        /** By one test. */
        METHOD
    }
}

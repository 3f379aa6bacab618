package dev.navarch.junit;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A node of a {@link KubernetesCluster} that is not like the usual ones, of 8 processors and 32 GiB of memory. */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
public @interface SimulatedNode {

    String name();

    /** Such as {@code 64} or {@code 500m}. */
    String cpu() default "8";

    /** Such as {@code 16Gi}. */
    String memory() default "32Gi";

    /** More of what it has, such as {@code example.com/gpu=2} or {@code pods=10}. */
    String[] capacity() default {};

    /** Such as {@code topology.kubernetes.io/zone=a}. */
    String[] labels() default {};

    /** As {@code key=value:Effect}. */
    String[] taints() default {};
}

package dev.navarch.junit;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Somebody who uses a {@link KubernetesCluster}, and what they may do there; {@link Kubeconfig#user} names them. */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
public @interface ClusterUser {

    String name();

    /** Those that the user is in. */
    String[] groups() default {};

    /** Cluster roles that the user has everywhere, such as {@code view}, {@code edit}, or one of the manifests. */
    String[] clusterRoles() default {};
}

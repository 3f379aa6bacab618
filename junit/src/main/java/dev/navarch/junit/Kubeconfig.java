package dev.navarch.junit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a {@code String}: the text of a kubeconfig of the cluster. On a {@code Path}: a file with it, gone after the test. On a
 * client: whose it is.
 */
@Target({ElementType.PARAMETER, ElementType.FIELD})
@Retention(RetentionPolicy.RUNTIME)
public @interface Kubeconfig {

    /** Who it is for; the administrator if empty. Others may do what RBAC grants them. */
    String user() default "";

    /** The user's groups; those of the {@link ClusterUser} of this name if empty. */
    String[] groups() default {};
}

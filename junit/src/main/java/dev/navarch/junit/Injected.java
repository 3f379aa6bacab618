package dev.navarch.junit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a field of a test class: has it set to what a parameter of its type would be given. Static fields are set before all
 * tests, others before each. Fields that are annotated {@link Kubeconfig} or {@link TestNamespace} need no more than that.
 */
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Injected {}

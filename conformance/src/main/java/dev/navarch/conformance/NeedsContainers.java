package dev.navarch.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/** Behaviours that can only be seen where containers really run: not on simulated nodes. */
@Tag(NeedsContainers.TAG)
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface NeedsContainers {
    String TAG = "containers";

    /** What their pods run: a shell and its programs. */
    String IMAGE = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1";
}

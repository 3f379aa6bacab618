/** Clusters for tests under JUnit: {@link dev.navarch.junit.KubernetesCluster} on a class is all that it takes. */
@NullMarked
package dev.navarch.junit;

import org.jspecify.annotations.NullMarked;

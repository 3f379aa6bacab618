/**
 * The conformance behaviours of Kubernetes 1.36 as JUnit tests over a real client, for any cluster: one package per
 * SIG, one class per file of upstream's {@code test/e2e}. A behaviour is a method with {@link
 * dev.navarch.conformance.Behaviour} that takes a {@link dev.navarch.conformance.Scenario}; start reading there. Steps
 * and demands are upstream's; waiting is done by watches with a deadline.
 *
 * <p>The cluster is the one of the kubeconfig that the environment variable {@code NAVARCH_CONFORMANCE_KUBECONFIG}
 * names, else one that a {@link dev.navarch.conformance.ClusterProvider} on the class path starts. JUnit runs behaviours
 * side by side, each in a namespace of its own.
 */
@NullMarked
package dev.navarch.conformance;

import org.jspecify.annotations.NullMarked;

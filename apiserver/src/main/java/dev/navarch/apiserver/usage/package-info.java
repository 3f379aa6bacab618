/**
 * What pods and nodes use: {@code metrics.k8s.io}, and the network as {@code custom.metrics.k8s.io}, from the figures of
 * the kubelets, asked for when somebody asks. A metrics server or adapter that registers itself takes their place.
 */
@NullMarked
package dev.navarch.apiserver.usage;

import org.jspecify.annotations.NullMarked;

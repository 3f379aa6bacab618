/**
 * What the kubelet's parts know of a pod: its containers ({@link dev.navarch.kubelet.pods.Pods}), what the runtime has of them
 * ({@link dev.navarch.kubelet.pods.PodObservation}) and by which marks, and how its user is told. Only values.
 */
@NullMarked
package dev.navarch.kubelet.pods;

import org.jspecify.annotations.NullMarked;

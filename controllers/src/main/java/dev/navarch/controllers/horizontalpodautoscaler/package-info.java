/**
 * Gives workloads as many replicas as what is measured asks for. {@link
 * dev.navarch.controllers.horizontalpodautoscaler.Autoscaling} decides about one autoscaler; {@link
 * dev.navarch.controllers.horizontalpodautoscaler.ReplicaCalculator} is the arithmetic, {@link
 * dev.navarch.controllers.horizontalpodautoscaler.ScalingHistory} what keeps it steady.
 */
@NullMarked
package dev.navarch.controllers.horizontalpodautoscaler;

import org.jspecify.annotations.NullMarked;

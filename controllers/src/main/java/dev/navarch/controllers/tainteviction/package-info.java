/**
 * Moves pods off nodes by NoExecute taints.
 *
 * <p>Follows kubernetes pkg/controller/tainteviction: taint_eviction.go, timed_workers.go, metrics/metrics.go. Known
 * difference: a toleration's time counts from when its taint was added, not from when this controller saw it, so that
 * a restart does not prolong it.
 */
@NullMarked
package dev.navarch.controllers.tainteviction;

import org.jspecify.annotations.NullMarked;

/**
 * StatefulSets: pods that keep their names and claims, made and replaced in the order of their ordinals.
 *
 * <p>Compared with kubernetes pkg/controller/statefulset: stateful_set_control.go, stateful_set_utils.go and the test of
 * {@code maxUnavailable} where pods are unavailable already, which are replaced whatever the budget. Follows
 * stateful_set.go, stateful_pod_control.go, metrics/metrics.go.
 *
 * <p>Known differences. A claim that was made under its name between two looks is no error. Volumes of an adopted pod that
 * are not its claims' are left as they are, since no server would let them be changed. The metrics show numbers also while
 * no update is under way.
 */
@NullMarked
package dev.navarch.controllers.statefulset;

import org.jspecify.annotations.NullMarked;

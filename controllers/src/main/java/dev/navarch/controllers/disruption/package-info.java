/**
 * Disruption budgets: how many of the selected pods may be evicted now.
 *
 * <p>Follows kubernetes pkg/controller/disruption/disruption.go, component-helpers
 * apps/poddisruptionbudget/helpers.go. Known difference: of several budgets that select a pod all are counted anew
 * when it changes, not only one.
 */
@NullMarked
package dev.navarch.controllers.disruption;

import org.jspecify.annotations.NullMarked;

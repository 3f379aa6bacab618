/**
 * Deployments: rollouts of pod templates by ReplicaSets.
 *
 * <p>Follows kubernetes pkg/controller/deployment: deployment_controller.go, sync.go, rolling.go, recreate.go,
 * rollback.go, progress.go, util/deployment_util.go.
 *
 * <p>The surge bounds the sizes that sets are given, at every moment; pods of a set that was made smaller may go a moment
 * after those of the new one have come, as upstream.
 *
 * <p>Known differences. Sets are sized only once the cache shows all that was written to them before. The hash of a template is of upstream's shape, not its value, so that it changes with nothing
 * but the template. A set that was just made smaller does not count as more available than it is to be. A failure is
 * tried again without end, ever more slowly; upstream gives up after 15 times until something changes.
 */
@NullMarked
package dev.navarch.controllers.deployment;

import org.jspecify.annotations.NullMarked;

/**
 * Deployments: rollouts of pod templates by ReplicaSets.
 *
 * <p>Follows kubernetes pkg/controller/deployment: deployment_controller.go, sync.go, rolling.go, recreate.go,
 * rollback.go, progress.go, util/deployment_util.go.
 *
 * <p>Known differences. The hash of a template is of upstream's shape, not its value, so that it changes with nothing
 * but the template. A set that was just made smaller does not count as more available than it is to be. A failure is
 * tried again without end, ever more slowly; upstream gives up after 15 times until something changes.
 */
@NullMarked
package dev.navarch.controllers.deployment;

import org.jspecify.annotations.NullMarked;

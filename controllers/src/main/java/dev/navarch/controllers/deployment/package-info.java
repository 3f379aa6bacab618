/** Deployments: rollouts of pod templates by ReplicaSets. */
@NullMarked
package dev.navarch.controllers.deployment;

import org.jspecify.annotations.NullMarked;

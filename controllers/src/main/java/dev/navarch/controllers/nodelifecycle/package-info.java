/**
 * Tells lost nodes by taints, and moves pods off them.
 *
 * <p>Follows kubernetes pkg/controller/nodelifecycle: node_lifecycle_controller.go, metrics.go,
 * scheduler/rate_limited_queue.go and pkg/controller/util/node/controller_utils.go.
 *
 * <p>Known differences. A taint that waits for its zone's turn comes with the next look at all nodes, up to 5 seconds
 * later than upstream's. Pods of a silent node are marked not ready in each look, so that none is forgotten when the
 * controller dies in between.
 */
@NullMarked
package dev.navarch.controllers.nodelifecycle;

import org.jspecify.annotations.NullMarked;

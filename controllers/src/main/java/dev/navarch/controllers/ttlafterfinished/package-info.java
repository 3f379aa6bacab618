/**
 * Deletes Jobs some time after they have finished.
 *
 * <p>Compared with kubernetes pkg/controller/ttlafterfinished: ttlafterfinished_controller.go, metrics/metrics.go, and the
 * tables of their tests. No known differences.
 */
@NullMarked
package dev.navarch.controllers.ttlafterfinished;

import org.jspecify.annotations.NullMarked;

/**
 * Deletes Jobs some time after they have finished.
 *
 * <p>Follows kubernetes pkg/controller/ttlafterfinished: ttlafterfinished_controller.go, metrics/metrics.go. No known
 * differences.
 */
@NullMarked
package dev.navarch.controllers.ttlafterfinished;

import org.jspecify.annotations.NullMarked;

/**
 * Removes pods that nobody else will.
 *
 * <p>Follows kubernetes pkg/controller/podgc: gc_controller.go, metrics/metrics.go. No differences are known.
 */
@NullMarked
package dev.navarch.controllers.podgc;

import org.jspecify.annotations.NullMarked;

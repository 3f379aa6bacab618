/**
 * Removes pods that nobody else will.
 *
 * <p>Compared with kubernetes pkg/controller/podgc: gc_controller.go, metrics/metrics.go, and the tables of their tests. No
 * known differences.
 */
@NullMarked
package dev.navarch.controllers.podgc;

import org.jspecify.annotations.NullMarked;

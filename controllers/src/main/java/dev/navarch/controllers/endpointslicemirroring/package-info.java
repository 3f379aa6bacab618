/**
 * Mirrors Endpoints that people write themselves into EndpointSlices.
 *
 * <p>Compared with kubernetes pkg/controller/endpointslicemirroring: endpointslicemirroring_controller.go, reconciler.go,
 * utils.go, metrics, and the tables of their tests. No known differences.
 */
@NullMarked
package dev.navarch.controllers.endpointslicemirroring;

import org.jspecify.annotations.NullMarked;

/**
 * Mirrors Endpoints that people write themselves into EndpointSlices.
 *
 * <p>Follows kubernetes pkg/controller/endpointslicemirroring: endpointslicemirroring_controller.go, reconciler.go,
 * utils.go, metrics. No differences are known.
 */
@NullMarked
package dev.navarch.controllers.endpointslicemirroring;

import org.jspecify.annotations.NullMarked;

/**
 * Endpoints of services: the older form of what EndpointSlices say.
 *
 * <p>Follows kubernetes pkg/controller/endpoint (endpoints_controller.go) and pkg/api/v1/endpoints/util.go. Known
 * difference: beyond a thousand addresses the first subsets stay whole; upstream shortens all in proportion.
 */
@NullMarked
package dev.navarch.controllers.endpoints;

import org.jspecify.annotations.NullMarked;

/** EndpointSlices of Endpoints that somebody else than a controller writes. */
@NullMarked
package dev.navarch.controllers.endpointslicemirroring;

import org.jspecify.annotations.NullMarked;

/** EndpointSlices of Services with a selector. */
@NullMarked
package dev.navarch.controllers.endpointslice;

import org.jspecify.annotations.NullMarked;

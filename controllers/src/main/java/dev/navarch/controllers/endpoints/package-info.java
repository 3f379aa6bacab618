/** The older Endpoints of Services with a selector. */
@NullMarked
package dev.navarch.controllers.endpoints;

import org.jspecify.annotations.NullMarked;

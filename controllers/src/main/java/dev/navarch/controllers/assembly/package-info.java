/** Puts the controllers together. */
@NullMarked
package dev.navarch.controllers.assembly;

import org.jspecify.annotations.NullMarked;

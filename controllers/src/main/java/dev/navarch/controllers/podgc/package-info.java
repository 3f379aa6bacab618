/** Removes pods that nobody else will. */
@NullMarked
package dev.navarch.controllers.podgc;

import org.jspecify.annotations.NullMarked;

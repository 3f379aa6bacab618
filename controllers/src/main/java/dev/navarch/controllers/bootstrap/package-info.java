/** Removes bootstrap tokens that have expired. */
@NullMarked
package dev.navarch.controllers.bootstrap;

import org.jspecify.annotations.NullMarked;

/** Keeps volumes that are bound. */
@NullMarked
package dev.navarch.controllers.pvprotection;

import org.jspecify.annotations.NullMarked;

/** Keeps claims that pods use. */
@NullMarked
package dev.navarch.controllers.pvcprotection;

import org.jspecify.annotations.NullMarked;

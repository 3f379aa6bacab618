/** Gives nodes their ranges of pod addresses. */
@NullMarked
package dev.navarch.controllers.nodeipam;

import org.jspecify.annotations.NullMarked;

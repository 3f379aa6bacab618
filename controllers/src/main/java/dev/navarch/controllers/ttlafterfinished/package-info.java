/** Deletes finished jobs after the time that they ask for. */
@NullMarked
package dev.navarch.controllers.ttlafterfinished;

import org.jspecify.annotations.NullMarked;

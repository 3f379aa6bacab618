/** Tells lost nodes by taints, and moves pods off them. */
@NullMarked
package dev.navarch.controllers.nodelifecycle;

import org.jspecify.annotations.NullMarked;

/** Moves pods off nodes by NoExecute taints. */
@NullMarked
package dev.navarch.controllers.tainteviction;

import org.jspecify.annotations.NullMarked;

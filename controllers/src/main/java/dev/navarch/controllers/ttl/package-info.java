/** Tells kubelets how long they may keep what they read, by the size of the cluster. */
@NullMarked
package dev.navarch.controllers.ttl;

import org.jspecify.annotations.NullMarked;

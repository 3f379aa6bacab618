/** An engine whose containers run in memory. */
@NullMarked
package dev.navarch.kubelet.simulated;

import org.jspecify.annotations.NullMarked;

/** Asking containers whether they live, are ready and have started. */
@NullMarked
package dev.navarch.kubelet.probes;

import org.jspecify.annotations.NullMarked;

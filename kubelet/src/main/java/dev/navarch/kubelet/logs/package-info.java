/** Container logs: the CRI format, reading, following, rotating. */
@NullMarked
package dev.navarch.kubelet.logs;

import org.jspecify.annotations.NullMarked;

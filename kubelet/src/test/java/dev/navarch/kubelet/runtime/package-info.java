/** The suite that every container engine passes. */
@NullMarked
package dev.navarch.kubelet.runtime;

import org.jspecify.annotations.NullMarked;

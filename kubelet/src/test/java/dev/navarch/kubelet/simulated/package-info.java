@NullMarked
package dev.navarch.kubelet.simulated;

import org.jspecify.annotations.NullMarked;

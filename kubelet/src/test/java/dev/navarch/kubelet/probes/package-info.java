@NullMarked
package dev.navarch.kubelet.probes;

import org.jspecify.annotations.NullMarked;

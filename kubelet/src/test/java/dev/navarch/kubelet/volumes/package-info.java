@NullMarked
package dev.navarch.kubelet.volumes;

import org.jspecify.annotations.NullMarked;

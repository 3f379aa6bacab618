@NullMarked
package dev.navarch.kubelet.localvolumes;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.navarch.kubelet.certificates;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.navarch.kubelet.images;

import org.jspecify.annotations.NullMarked;

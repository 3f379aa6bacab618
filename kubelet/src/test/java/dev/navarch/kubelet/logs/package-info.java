@NullMarked
package dev.navarch.kubelet.logs;

import org.jspecify.annotations.NullMarked;

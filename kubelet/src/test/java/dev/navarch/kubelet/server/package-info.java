@NullMarked
package dev.navarch.kubelet.server;

import org.jspecify.annotations.NullMarked;

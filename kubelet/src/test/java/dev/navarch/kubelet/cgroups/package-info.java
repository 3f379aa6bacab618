@NullMarked
package dev.navarch.kubelet.cgroups;

import org.jspecify.annotations.NullMarked;

/** The directories and files that pods find in their containers. */
@NullMarked
package dev.navarch.kubelet.volumes;

import org.jspecify.annotations.NullMarked;

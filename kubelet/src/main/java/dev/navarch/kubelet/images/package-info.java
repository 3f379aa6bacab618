/** Getting images to the node, by the pull policy. */
@NullMarked
package dev.navarch.kubelet.images;

import org.jspecify.annotations.NullMarked;

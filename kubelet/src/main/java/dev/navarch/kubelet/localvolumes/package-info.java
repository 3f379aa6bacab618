/**
 * Volumes for claims out of the box: directories of the nodes. {@link
 * dev.navarch.kubelet.localvolumes.LocalProvisioner} is to the rest of the cluster an external provisioner like any other.
 */
@NullMarked
package dev.navarch.kubelet.localvolumes;

import org.jspecify.annotations.NullMarked;

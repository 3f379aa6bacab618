/** What a pod's requests and limits are in the kernel's terms, and the groups that hold them. */
@NullMarked
package dev.navarch.kubelet.cgroups;

import org.jspecify.annotations.NullMarked;

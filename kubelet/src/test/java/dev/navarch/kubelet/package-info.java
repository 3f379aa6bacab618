/** Tests of the node agent over the simulated runtime and a fake API server. */
@NullMarked
package dev.navarch.kubelet;

import org.jspecify.annotations.NullMarked;

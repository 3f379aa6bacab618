/** Ends pods that use devices with NoExecute taints. */
@NullMarked
package dev.navarch.controllers.devicetainteviction;

import org.jspecify.annotations.NullMarked;

/** The node's HTTPS API, for the API server alone. */
@NullMarked
package dev.navarch.kubelet.server;

import org.jspecify.annotations.NullMarked;

/** Behaviours of SIG Network: upstream {@code test/e2e/network}. */
@NullMarked
package dev.navarch.conformance.network;

import org.jspecify.annotations.NullMarked;

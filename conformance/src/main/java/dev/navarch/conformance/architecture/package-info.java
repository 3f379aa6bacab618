/** Behaviours of SIG Architecture: upstream {@code test/e2e/architecture}. */
@NullMarked
package dev.navarch.conformance.architecture;

import org.jspecify.annotations.NullMarked;

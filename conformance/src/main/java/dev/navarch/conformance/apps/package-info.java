/** Behaviours of SIG Apps: upstream {@code test/e2e/apps}. */
@NullMarked
package dev.navarch.conformance.apps;

import org.jspecify.annotations.NullMarked;

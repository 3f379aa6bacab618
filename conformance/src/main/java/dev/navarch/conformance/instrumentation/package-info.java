/** Behaviours of SIG Instrumentation: upstream {@code test/e2e/instrumentation}. */
@NullMarked
package dev.navarch.conformance.instrumentation;

import org.jspecify.annotations.NullMarked;

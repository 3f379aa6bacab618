/** Behaviours of SIG Scheduling: upstream {@code test/e2e/scheduling}. */
@NullMarked
package dev.navarch.conformance.scheduling;

import org.jspecify.annotations.NullMarked;

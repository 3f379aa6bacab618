/** Behaviours of SIG CLI, with the kubectl that is on the PATH: upstream {@code test/e2e/kubectl}. */
@NullMarked
package dev.navarch.conformance.cli;

import org.jspecify.annotations.NullMarked;

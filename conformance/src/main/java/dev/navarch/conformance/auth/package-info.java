/** Behaviours of SIG Auth: upstream {@code test/e2e/auth}. */
@NullMarked
package dev.navarch.conformance.auth;

import org.jspecify.annotations.NullMarked;

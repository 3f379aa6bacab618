/** Behaviours of SIG API Machinery: upstream {@code test/e2e/apimachinery}. */
@NullMarked
package dev.navarch.conformance.apimachinery;

import org.jspecify.annotations.NullMarked;

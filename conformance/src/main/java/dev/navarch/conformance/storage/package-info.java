/** Behaviours of SIG Storage: upstream {@code test/e2e/storage}. */
@NullMarked
package dev.navarch.conformance.storage;

import org.jspecify.annotations.NullMarked;

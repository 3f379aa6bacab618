/** Assertions on clusters in AssertJ's style; they need AssertJ on the class path. */
@NullMarked
package dev.navarch.junit.assertions;

import org.jspecify.annotations.NullMarked;

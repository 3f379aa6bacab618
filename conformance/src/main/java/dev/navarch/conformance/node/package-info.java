/** Behaviours of SIG Node: upstream {@code test/e2e/common/node} and {@code test/e2e/node}. */
@NullMarked
package dev.navarch.conformance.node;

import org.jspecify.annotations.NullMarked;

/** Hostile input for tests: valid samples that were spoilt at random, within a budget, from a seed that is printed. */
@NullMarked
package dev.navarch.api.fuzz;

import org.jspecify.annotations.NullMarked;

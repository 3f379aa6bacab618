/** Disruption budgets: how many of the selected pods may be evicted now. */
@NullMarked
package dev.navarch.controllers.disruption;

import org.jspecify.annotations.NullMarked;

/** Counts what the quotas of namespaces limit. */
@NullMarked
package dev.navarch.controllers.resourcequota;

import org.jspecify.annotations.NullMarked;

/** Jobs: pods that run to their end, each end counted exactly once. */
@NullMarked
package dev.navarch.controllers.job;

import org.jspecify.annotations.NullMarked;

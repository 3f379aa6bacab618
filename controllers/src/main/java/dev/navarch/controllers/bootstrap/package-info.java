/** Tokens by which new nodes join: they sign where the cluster is, and go when they have expired. */
@NullMarked
package dev.navarch.controllers.bootstrap;

import org.jspecify.annotations.NullMarked;

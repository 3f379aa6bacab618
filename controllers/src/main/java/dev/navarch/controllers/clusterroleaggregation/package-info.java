/** The rules of cluster roles that are made of others. */
@NullMarked
package dev.navarch.controllers.clusterroleaggregation;

import org.jspecify.annotations.NullMarked;

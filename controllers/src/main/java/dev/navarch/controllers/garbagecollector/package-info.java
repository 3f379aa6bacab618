/** Deletes what lost all its owners, and holds or frees what is owned. */
@NullMarked
package dev.navarch.controllers.garbagecollector;

import org.jspecify.annotations.NullMarked;

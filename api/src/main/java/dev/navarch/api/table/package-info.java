/**
 * The tables that {@code kubectl get} shows: which columns a kind has and what stands in them.
 *
 * <p>Start reading at {@link dev.navarch.api.table.Tables}. Printers meet any tree without throwing; they have no
 * state and no clock.
 */
@NullMarked
package dev.navarch.api.table;

import org.jspecify.annotations.NullMarked;

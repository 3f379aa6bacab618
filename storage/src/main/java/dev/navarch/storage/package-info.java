/**
 * The store: one revisioned map from keys to bytes. Start reading at {@link dev.navarch.storage.Store}.
 *
 * <p>One sequencer a store assigns revisions; readers use immutable snapshots and never lock.
 */
@NullMarked
package dev.navarch.storage;

import org.jspecify.annotations.NullMarked;

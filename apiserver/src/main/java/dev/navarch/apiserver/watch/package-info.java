/**
 * Open watches: from the store's changes to the frames that a client is sent. Start reading at
 * {@link dev.navarch.apiserver.watch.WatchFrames}.
 *
 * <p>Each watch is pulled by its channel's event loop, or by the thread of a client in the same process; the only thing
 * that watches share is {@link dev.navarch.apiserver.watch.SharedFrames}.
 */
@NullMarked
package dev.navarch.apiserver.watch;

import org.jspecify.annotations.NullMarked;

/**
 * What the server's parts read of the store for themselves, and keeping in step with it: {@link
 * dev.navarch.apiserver.following.Changes} says whether anything is new, {@link dev.navarch.apiserver.following.Followed}
 * keeps what stored objects come to, and {@link dev.navarch.apiserver.following.Follower} acts on every change.
 */
@NullMarked
package dev.navarch.apiserver.following;

import org.jspecify.annotations.NullMarked;

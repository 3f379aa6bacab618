/**
 * The three forms of patches that change a tree: JSON patch, JSON merge patch and strategic merge patch. Start reading
 * at {@link dev.navarch.apiserver.patch.Patch}.
 *
 * <p>Everything is pure: no state, time or IO. Neither a patch nor its application can make a tree much larger than
 * the two texts it came from, nor nested deeper than a fixed limit.
 */
@NullMarked
package dev.navarch.apiserver.patch;

import org.jspecify.annotations.NullMarked;

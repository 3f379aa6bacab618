/**
 * Several served versions of one stored kind: how objects get from the form of each version into the one that is kept,
 * and back.
 *
 * <p>Start reading at {@link dev.navarch.api.versions.StoredAs}. Versions are a matter of the wire: all rules of a kind
 * are about its stored form. Nothing here has state, time or IO.
 */
@NullMarked
package dev.navarch.api.versions;

import org.jspecify.annotations.NullMarked;

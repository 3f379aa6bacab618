/**
 * The resource catalogue and the schema engine: which kinds there are, what their fields are, and how objects become
 * trees and trees become bytes.
 *
 * <p>Start at {@link dev.navarch.api.Catalogue}: it lists every {@link dev.navarch.api.ResourceType}, each with the
 * {@link dev.navarch.api.ObjectSchema} of its objects. {@link dev.navarch.api.ObjectDecoder} turns a request's body
 * into a tree and knows what the schema does not; {@link dev.navarch.api.ObjectEncoder} writes the one canonical form
 * that is stored and served. Everything here is immutable or confined to one call, and no thread is started.
 */
@NullMarked
package dev.navarch.api;

import org.jspecify.annotations.NullMarked;

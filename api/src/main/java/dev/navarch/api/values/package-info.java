/**
 * Values that Kubernetes writes as text inside its objects: quantities, names, selectors, times.
 *
 * <p>Everything here is immutable, pure and safe on hostile text: reading takes time linear in the text
 * and never more memory than a few times its length.
 */
@NullMarked
package dev.navarch.api.values;

import org.jspecify.annotations.NullMarked;

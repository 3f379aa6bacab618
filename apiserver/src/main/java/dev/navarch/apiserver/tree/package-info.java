/** Reading and changing parts of an object's tree. Start reading at {@link dev.navarch.apiserver.tree.Meta}. */
@NullMarked
package dev.navarch.apiserver.tree;

import org.jspecify.annotations.NullMarked;

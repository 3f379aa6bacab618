/** Says of claims that have been asked to grow who is waited for. */
@NullMarked
package dev.navarch.controllers.expand;

import org.jspecify.annotations.NullMarked;

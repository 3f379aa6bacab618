/**
 * What makes custom resources behave: the rules of their kinds and the conversion between their versions. They are served
 * by the same registry as built-in ones.
 */
@NullMarked
package dev.navarch.apiserver.custom;

import org.jspecify.annotations.NullMarked;

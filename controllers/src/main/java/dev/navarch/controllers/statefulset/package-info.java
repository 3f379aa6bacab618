/** StatefulSets: pods that keep their names and claims, made and replaced in the order of their ordinals. */
@NullMarked
package dev.navarch.controllers.statefulset;

import org.jspecify.annotations.NullMarked;

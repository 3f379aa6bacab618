/** Approves, signs and cleans up requests for certificates. */
@NullMarked
package dev.navarch.controllers.certificates;

import org.jspecify.annotations.NullMarked;

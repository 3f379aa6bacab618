/** Makes the claims behind pods' ephemeral volumes. */
@NullMarked
package dev.navarch.controllers.ephemeral;

import org.jspecify.annotations.NullMarked;

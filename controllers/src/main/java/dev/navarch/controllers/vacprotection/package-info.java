/**
 * Keeps classes of volumes' attributes that volumes or claims name.
 *
 * <p>Follows kubernetes pkg/controller/volume/vacprotection/vac_protection_controller.go. No differences are known.
 */
@NullMarked
package dev.navarch.controllers.vacprotection;

import org.jspecify.annotations.NullMarked;

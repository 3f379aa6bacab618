/**
 * Binds claims to volumes, asks for volumes where there are none, and reclaims those whose claims are gone. {@link
 * dev.navarch.controllers.persistentvolume.VolumeMatching} holds the decisions as pure functions.
 */
@NullMarked
package dev.navarch.controllers.persistentvolume;

import org.jspecify.annotations.NullMarked;

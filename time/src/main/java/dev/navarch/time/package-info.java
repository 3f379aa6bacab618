/**
 * Time as a collaborator: whatever asks for the time, waits or sets a timer does it through {@link
 * dev.navarch.time.TimeSource}, so that a test, or a cluster inside one, can turn the clock.
 */
@NullMarked
package dev.navarch.time;

import org.jspecify.annotations.NullMarked;

/** Pages about the server itself: its health, version, metrics and logs. */
@NullMarked
package dev.navarch.apiserver.pages;

import org.jspecify.annotations.NullMarked;

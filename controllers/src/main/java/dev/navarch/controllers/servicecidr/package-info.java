/** Keeps the blocks of services' addresses as long as addresses are taken from them, and says that they can be used. */
@NullMarked
package dev.navarch.controllers.servicecidr;

import org.jspecify.annotations.NullMarked;

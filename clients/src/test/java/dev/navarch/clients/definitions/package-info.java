/** Definitions as large as those of real operators. */
package dev.navarch.clients.definitions;

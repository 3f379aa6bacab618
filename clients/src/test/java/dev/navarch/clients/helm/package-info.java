/** Helm, as a library, with a chart of its own. */
package dev.navarch.clients.helm;

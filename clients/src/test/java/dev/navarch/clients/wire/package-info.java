/** What client-go and controller-runtime put on the wire, by hand. */
package dev.navarch.clients.wire;

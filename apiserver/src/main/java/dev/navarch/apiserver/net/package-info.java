/**
 * Connections, to the server and from it to others: their certificates, whom to trust, the event loops that they live on.
 * Nothing here knows of requests.
 */
@NullMarked
package dev.navarch.apiserver.net;

import org.jspecify.annotations.NullMarked;

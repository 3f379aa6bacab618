/**
 * The HTTP front: from bytes to requests, and from answers to bytes. Start reading at {@link
 * dev.navarch.apiserver.http.Pipeline}, which a request passes whatever its protocol; {@link
 * dev.navarch.apiserver.http.LocalEntrance} is the way in for components of the same process.
 *
 * <p>Requests that cannot block run on Netty's event loops; every other request has a virtual thread of its own.
 */
@NullMarked
package dev.navarch.apiserver.http;

import org.jspecify.annotations.NullMarked;

/**
 * The API server: the only way into a cluster.
 *
 * <p>This package holds the contract between the HTTP front and what serves the requests, and the front itself. Start
 * reading at {@link dev.navarch.apiserver.RequestHandler}: a request is an {@link dev.navarch.apiserver.ApiRequest}, an
 * answer an {@link dev.navarch.apiserver.ApiResponse}, a refusal an {@link dev.navarch.apiserver.ApiFailure}.
 *
 * <p>Requests that cannot block run on Netty's event loops; every other request, and every open watch, has a virtual
 * thread of its own.
 */
@NullMarked
package dev.navarch.apiserver;

import org.jspecify.annotations.NullMarked;

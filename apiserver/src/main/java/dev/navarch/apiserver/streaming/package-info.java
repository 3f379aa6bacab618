/**
 * Requests that lead through the API server to a node, a pod or a service: log, exec, attach, port-forward and proxy.
 * Start reading at {@link dev.navarch.apiserver.streaming.KubeletStreams}.
 *
 * <p>A virtual thread finds the target and connects; from then on bytes move on the event loop of the client's
 * connection, and reading stops on one side while the other takes nothing.
 */
@NullMarked
package dev.navarch.apiserver.streaming;

import org.jspecify.annotations.NullMarked;

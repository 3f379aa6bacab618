/**
 * What all of the server speaks of: an {@link dev.navarch.apiserver.request.ApiRequest}, its {@link
 * dev.navarch.apiserver.request.ApiResponse answer} or {@link dev.navarch.apiserver.request.ApiFailure refusal}, the {@link
 * dev.navarch.apiserver.request.User} who asks, the {@link dev.navarch.apiserver.request.Decision} whether they may, and the
 * contracts of those who tell, decide and answer. Start reading at {@link dev.navarch.apiserver.request.RequestHandler}.
 * Every other package may use this one; it uses none. Nothing here has threads.
 */
@NullMarked
package dev.navarch.apiserver.request;

import org.jspecify.annotations.NullMarked;

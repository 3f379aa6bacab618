/**
 * Who asks: certificates, tokens of service accounts and others, front proxies. Start reading at {@link
 * dev.navarch.apiserver.authn.Authentication}, which puts the ways together. Event loops don't wait here: what has to ask
 * others says so ({@link dev.navarch.apiserver.request.Authenticator}).
 */
@NullMarked
package dev.navarch.apiserver.authn;

import org.jspecify.annotations.NullMarked;

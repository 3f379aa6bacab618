/**
 * Who asks: client certificates and service-account tokens. Start reading at {@link
 * dev.navarch.apiserver.authn.RequestAuthenticator}. Nothing here blocks; all of it may run on event loops.
 */
@NullMarked
package dev.navarch.apiserver.authn;

import org.jspecify.annotations.NullMarked;

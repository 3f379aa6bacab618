/**
 * Users by JSON web tokens of others, as an AuthenticationConfiguration says: several issuers, whose keys are found by OpenID
 * Connect discovery; claims become users by expressions. Start reading at {@link
 * dev.navarch.apiserver.authn.oidc.JwtAuthenticator}. Tokens are examined on threads that may wait.
 */
@NullMarked
package dev.navarch.apiserver.authn.oidc;

import org.jspecify.annotations.NullMarked;

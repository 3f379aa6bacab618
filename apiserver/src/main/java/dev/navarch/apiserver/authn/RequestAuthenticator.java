package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.ApiFailure;
import dev.navarch.apiserver.Authenticator;
import dev.navarch.apiserver.ClientCertificates;
import dev.navarch.apiserver.Headers;
import dev.navarch.apiserver.TokenVerifier;
import dev.navarch.apiserver.User;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom a front proxy names first, then certificates, then bearer tokens, from the Authorization header or, for browsers, from a WebSocket subprotocol.
 * Source: k8s.io/apiserver pkg/authentication/request/{union,bearertoken,websocket}.
 */
public final class RequestAuthenticator implements Authenticator {
    private static final Logger log = LoggerFactory.getLogger(RequestAuthenticator.class);
    private static final String WEBSOCKET_TOKEN = "base64url.bearer.authorization.k8s.io.";

    private final Optional<FrontProxyAuthenticator> frontProxies;
    private final CertificateAuthenticator certificates;
    private final TokenVerifier tokens;

    public RequestAuthenticator(
            Optional<FrontProxyAuthenticator> frontProxies,
            CertificateAuthenticator certificates,
            TokenVerifier tokens) {
        this.frontProxies = frontProxies;
        this.certificates = certificates;
        this.tokens = tokens;
    }

    @Override
    public Optional<User> authenticate(Headers headers, ClientCertificates shown) {
        var token = token(headers);
        if (shown.isEmpty() && token.isEmpty()) {
            return Optional.empty();
        }
        if (!shown.isEmpty()) {
            var named = frontProxies.flatMap(proxies -> proxies.authenticate(headers, shown));
            if (named.isPresent()) {
                return named;
            }
            try {
                var user = certificates.authenticate(shown);
                if (user.isPresent()) {
                    return user;
                }
            } catch (ApiFailure e) {
                if (token.isEmpty()) {
                    throw e;
                }
            }
        }
        if (token.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(tokens.verify(token, List.of())
                    .map(verified -> authenticated(verified.user()))
                    .orElseThrow(() -> ApiFailure.unauthorized("Unauthorized")));
        } catch (TokenVerifier.UnboundTokenException e) {
            throw new UnseenException(e.getMessage());
        } catch (TokenVerifier.InvalidTokenException e) {
            log.debug("A token is refused: {}", e.getMessage());
            throw ApiFailure.unauthorized("Unauthorized");
        }
    }

    private static User authenticated(User user) {
        if (user.isMemberOf(User.AUTHENTICATED)) {
            return user;
        }
        List<String> groups = new ArrayList<>(user.groups());
        groups.add(User.AUTHENTICATED);
        return new User(user.name(), user.uid(), groups, user.extra());
    }

    /** Empty if there is none. */
    private static String token(Headers headers) {
        var authorization = headers.first("Authorization").orElse("");
        if (authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
            return authorization.substring(7).strip();
        }
        if (headers.first("Upgrade").filter("websocket"::equalsIgnoreCase).isEmpty()) {
            return "";
        }
        for (var header : headers.all("Sec-WebSocket-Protocol")) {
            for (var protocol : header.split(",")) {
                if (protocol.strip().startsWith(WEBSOCKET_TOKEN)) {
                    return decode(protocol.strip().substring(WEBSOCKET_TOKEN.length()));
                }
            }
        }
        return "";
    }

    private static String decode(String encoded) {
        try {
            return new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw ApiFailure.unauthorized("Unauthorized");
        }
    }
}

package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Authenticator;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.TokenVerifier.VerifiedToken;
import dev.navarch.apiserver.request.User;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom a front proxy names first, then certificates, then bearer tokens, from the Authorization header or, for browsers,
 * from a WebSocket subprotocol; then nobody, where nobody is heard.
 * Source: k8s.io/apiserver pkg/authentication/request/{union,bearertoken,websocket}.
 */
public final class RequestAuthenticator implements Authenticator {
    private static final Logger log = LoggerFactory.getLogger(RequestAuthenticator.class);
    private static final String WEBSOCKET_TOKEN = "base64url.bearer.authorization.k8s.io.";

    private final FrontProxies frontProxies;
    private final CertificateAuthenticator certificates;
    private final TokenVerifier tokens;
    private final Supplier<AnonymousAccess> anonymous;
    private final AuthenticationMetrics metrics;

    /** @param anonymous where requests without credentials are heard at this moment */
    public RequestAuthenticator(
            FrontProxies frontProxies,
            CertificateAuthenticator certificates,
            TokenVerifier tokens,
            Supplier<AnonymousAccess> anonymous,
            AuthenticationMetrics metrics) {
        this.frontProxies = frontProxies;
        this.certificates = certificates;
        this.tokens = tokens;
        this.anonymous = anonymous;
        this.metrics = metrics;
    }

    private interface Examination {
        Optional<VerifiedToken> of(String token, List<String> audiences) throws InvalidTokenException;
    }

    @Override
    public User authenticate(Headers headers, ClientCertificates shown, String path) {
        return counted(headers, shown, path, tokens::glance);
    }

    @Override
    public User settle(Headers headers, ClientCertificates shown, String path) {
        return counted(headers, shown, path, tokens::verify);
    }

    private User counted(Headers headers, ClientCertificates shown, String path, Examination examination) {
        long from = metrics.start();
        Optional<User> known;
        try {
            known = known(headers, shown, examination); // what is undecided is counted when it is decided
        } catch (ApiFailure | UnseenException e) {
            metrics.erred(from);
            throw e;
        }
        if (known.isEmpty() && !anonymous.get().admits(path)) {
            metrics.failed(from);
            throw ApiFailure.unauthorized("Unauthorized");
        }
        var user = known.orElse(User.ANONYMOUS);
        metrics.succeeded(from, user);
        return user;
    }

    /** Empty if there are no credentials. */
    private Optional<User> known(Headers headers, ClientCertificates shown, Examination examination) {
        var token = token(headers);
        if (shown.isEmpty() && token.isEmpty()) {
            return Optional.empty();
        }
        if (!shown.isEmpty()) {
            var named = frontProxies.authenticate(headers, shown);
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
        return token.isEmpty() ? Optional.empty() : Optional.of(bearer(token, examination));
    }

    private static User bearer(String token, Examination examination) {
        try {
            return examination
                    .of(token, List.of())
                    .map(verified -> authenticated(verified.user()))
                    .orElseThrow(() -> ApiFailure.unauthorized("Unauthorized"));
        } catch (TokenVerifier.UnboundTokenException e) {
            throw new UnseenException(e.getMessage());
        } catch (InvalidTokenException e) {
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

package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.TokenVerifier;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks one verifier after the other; the first that knows the token decides (source: k8s.io/apiserver
 * pkg/authentication/token/union/union.go).
 */
public record TokenVerifiers(List<TokenVerifier> all) implements TokenVerifier {

    public TokenVerifiers {
        all = List.copyOf(all);
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException {
        @Nullable InvalidTokenException first = null;
        for (var verifier : all) {
            try {
                var verified = verifier.verify(token, audiences);
                if (verified.isPresent()) {
                    return verified;
                }
            } catch (InvalidTokenException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
        return Optional.empty();
    }
}

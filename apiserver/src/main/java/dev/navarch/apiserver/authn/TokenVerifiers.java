package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.TokenVerifier;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one verifier after the other; the first that knows the token decides (source: k8s.io/apiserver
 * pkg/authentication/token/union/union.go).
 *
 * @param all at this moment
 */
public record TokenVerifiers(Supplier<List<TokenVerifier>> all) implements TokenVerifier {

    private interface Question {
        Optional<VerifiedToken> ask(TokenVerifier verifier) throws InvalidTokenException;
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException {
        return first(verifier -> verifier.verify(token, audiences));
    }

    @Override
    public Optional<VerifiedToken> glance(String token, List<String> audiences) throws InvalidTokenException {
        return first(verifier -> verifier.glance(token, audiences));
    }

    private Optional<VerifiedToken> first(Question question) throws InvalidTokenException {
        @Nullable InvalidTokenException first = null;
        for (var verifier : all.get()) {
            try {
                var verified = question.ask(verifier);
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

package dev.navarch.apiserver;

import java.util.List;
import java.util.Optional;

/** Tells whose a bearer token is. Never blocks. */
public interface TokenVerifier {

    /**
     * @param audiences at least one of these must be among the token's; empty for the API server's own
     * @return empty if the token is not of this verifier's making
     * @throws InvalidTokenException if it is, but is no longer or not here valid
     */
    Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException;

    /** @param audiences those of the token that were asked for */
    record VerifiedToken(User user, List<String> audiences) {}

    /** The message may be shown to whoever may review tokens. */
    sealed class InvalidTokenException extends Exception {
        private static final long serialVersionUID = 1L;

        public InvalidTokenException(String message) {
            super(message);
        }
    }

    /** What the token is bound to is not there, as far as has been seen. */
    final class UnboundTokenException extends InvalidTokenException {
        private static final long serialVersionUID = 1L;

        public UnboundTokenException(String message) {
            super(message);
        }
    }
}

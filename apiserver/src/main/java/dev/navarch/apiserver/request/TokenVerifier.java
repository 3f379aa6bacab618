package dev.navarch.apiserver.request;

import java.util.List;
import java.util.Optional;

/** Tells whose a bearer token is. */
public interface TokenVerifier {

    /**
     * May block, where it says so.
     *
     * @param audiences at least one of these must be among the token's; empty for the API server's own
     * @return empty if the token is not of this verifier's making
     * @throws InvalidTokenException if it is, but is no longer or not here valid
     */
    Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException;

    /**
     * What can be told at once. Never blocks; verifiers that might must say so here.
     *
     * @throws Authenticator.UndecidedException if only {@link #verify} can tell
     */
    default Optional<VerifiedToken> glance(String token, List<String> audiences) throws InvalidTokenException {
        return verify(token, audiences);
    }

    /**
     * Whose a token is.
     *
     * @param audiences those of the token that were asked for
     * @param lastSecond of the token's life, since the epoch
     */
    record VerifiedToken(User user, List<String> audiences, long lastSecond) {
        public static final long ENDLESS = Long.MAX_VALUE;

        /** One that doesn't end, or whose end is not known. */
        public VerifiedToken(User user, List<String> audiences) {
            this(user, audiences, ENDLESS);
        }
    }

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

package dev.navarch.apiserver;

import java.util.Optional;

/** Tells from a request's credentials who asks. Never blocks: it runs on event loops. */
public interface Authenticator {

    /** Credentials of ours name an object that is not there, or not yet: another server may have created it just now. */
    final class UnseenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public UnseenException(String what) {
            super(what, null, false, false);
        }
    }

    /**
     * @param certificates the connection's client certificates, not yet verified; empty if none was shown
     * @return empty if the request shows no credentials that this authenticator knows
     * @throws ApiFailure 401 if it shows bad ones
     * @throws UnseenException if they are good once their object is seen
     */
    Optional<User> authenticate(Headers headers, ClientCertificates certificates);
}

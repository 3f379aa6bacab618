package dev.navarch.apiserver;

import java.util.Optional;

/** Tells from a request's credentials who asks. Never blocks: it runs on event loops. */
public interface Authenticator {

    /**
     * @param certificates the connection's client certificates, not yet verified; empty if none was shown
     * @return empty if the request shows no credentials that this authenticator knows
     * @throws ApiFailure 401 if it shows bad ones
     */
    Optional<User> authenticate(Headers headers, ClientCertificates certificates);
}

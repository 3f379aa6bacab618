package dev.navarch.apiserver.request;

/** Tells from a request's credentials who asks. */
public interface Authenticator {

    /** Credentials of ours name an object that is not there, or not yet: another server may have created it just now. */
    final class UnseenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public UnseenException(String what) {
            super(what, null, false, false);
        }
    }

    /** What can't be told without asking somebody else, or without much work: ask where waiting is fine. */
    final class UndecidedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public UndecidedException() {
            super("not decided yet", null, false, false);
        }
    }

    /**
     * Never blocks: it runs on event loops.
     *
     * @param certificates the connection's client certificates, not yet verified; empty if none was shown
     * @param path of the request, decoded: anonymous requests may be heard at some only
     * @throws ApiFailure 401 if the request shows bad credentials, or none where that matters
     * @throws UnseenException if they are good once their object is seen
     * @throws UndecidedException if only {@link #settle} can tell
     */
    User authenticate(Headers headers, ClientCertificates certificates, String path);

    /** Likewise, but may block, and always decides. */
    default User settle(Headers headers, ClientCertificates certificates, String path) {
        return authenticate(headers, certificates, path);
    }
}

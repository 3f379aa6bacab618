package dev.navarch.apiserver.request;

/** Decides who may do what. Never blocks, unless it says that it may: it runs on event loops. */
public interface Authorizer {
    Decision authorize(User user, RequestInfo info);

    /**
     * Whether this, or the authenticator beside it, asks another server. Then requests are judged on threads of their own,
     * and nothing of their bodies is read before.
     */
    default boolean mayBlock() {
        return false;
    }
}

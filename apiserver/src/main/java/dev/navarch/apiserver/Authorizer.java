package dev.navarch.apiserver;

/** Decides who may do what. Never blocks: it runs on event loops. */
public interface Authorizer {
    Decision authorize(User user, RequestInfo info);
}

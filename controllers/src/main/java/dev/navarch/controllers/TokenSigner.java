package dev.navarch.controllers;

/** The key of service accounts' tokens as controllers may use it; it stays where it is. */
@FunctionalInterface
public interface TokenSigner {

    /**
     * A token without an end, which is good as long as the secret that it lies in.
     *
     * @param uid of the account
     */
    String sign(String namespace, String account, String uid, String secret);
}

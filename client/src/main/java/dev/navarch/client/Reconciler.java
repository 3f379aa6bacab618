package dev.navarch.client;

/** Makes the world of one key as it should be, from what is true now; called again whenever that may have changed. */
@FunctionalInterface
public interface Reconciler<K> {

    /** A failure is logged and the key is tried again after a back-off. */
    void reconcile(K key) throws Exception;
}

package dev.navarch.apiserver;

/** What serves resources and the documents about them. */
public interface Api extends RequestHandler, AutoCloseable {
    /** Makes sure of what every cluster has; called before the first request. */
    void start() throws InterruptedException;

    /** Publishes where the server is found. */
    void advertise(String address, int port);

    @Override
    void close();
}

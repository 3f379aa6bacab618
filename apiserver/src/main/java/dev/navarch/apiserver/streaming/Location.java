package dev.navarch.apiserver.streaming;

import java.net.URI;

/**
 * Where a request goes to.
 *
 * @param toKubelet whether the server shows its client certificate there and expects one of the cluster's authority
 * @param pathAndQuery encoded, begins with a slash
 */
public record Location(boolean toKubelet, boolean tls, String host, int port, String pathAndQuery) {
    public URI uri() {
        return URI.create((tls ? "https" : "http") + "://" + authority() + pathAndQuery);
    }

    public String authority() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}

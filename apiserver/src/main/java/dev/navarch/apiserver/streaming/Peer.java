package dev.navarch.apiserver.streaming;

import io.netty.handler.ssl.SslContext;
import java.net.http.HttpClient;

/** Other servers as this one speaks to them: the certificate it shows there, and whose it trusts. */
public interface Peer {
    /** For connections that leave HTTP. */
    SslContext context();

    /** Speaks HTTP/1.1 and follows no redirects. */
    HttpClient client();

    /** The name that is asked for in place of the address that is connected to; empty for the address. */
    default String serverName() {
        return "";
    }
}

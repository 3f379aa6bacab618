package dev.navarch.apiserver.net;

import static java.util.Objects.requireNonNull;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;

/**
 * Who may tell the server by header fields on whose behalf a request is made; and as whom the server itself does so
 * towards the servers that it passes requests on to.
 *
 * @param authorities who vouch for front proxies; they must not be those of other clients
 * @param allowedNames common names of front proxies; any if empty
 * @param identity what this server shows as a front proxy; asked for at each connection
 */
public record FrontProxy(List<X509Certificate> authorities, List<String> allowedNames, Supplier<TlsMaterial> identity) {
    public FrontProxy {
        authorities = List.copyOf(authorities);
        allowedNames = List.copyOf(allowedNames);
        requireNonNull(identity);
    }
}

package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.authn.AuthenticationSettings.ProxyFile;
import dev.navarch.apiserver.config.WatchedFiles;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Front proxies whose authorities are in a file, which may change while the server runs (source: k8s.io/apiserver
 * pkg/server/options/authentication.go, RequestHeaderAuthenticationOptions).
 */
final class WatchedProxies implements FrontProxies, AutoCloseable {
    private final ProxyFile settings;
    private final TimeSource time;
    private final Runnable changed;
    private final WatchedFiles file;
    private volatile List<X509Certificate> authorities = List.of();
    private volatile FrontProxyAuthenticator current;

    /**
     * @param changed when other authorities were read
     * @throws IllegalArgumentException if the file can't be used
     */
    @SuppressWarnings("NullAway.Init") // read at once
    WatchedProxies(ProxyFile settings, TimeSource time, Runnable changed) {
        this.changed = changed;
        this.settings = settings;
        this.time = time;
        file = new WatchedFiles(
                "Authorities of front proxies", List.of(settings.authorities()), time, read -> read(read.getFirst()));
    }

    private void read(byte[] pem) throws GeneralSecurityException {
        var read = ClientChains.certificates(pem);
        current = new FrontProxyAuthenticator(read, settings.allowedNames(), settings.names(), time);
        authorities = read;
        changed.run();
    }

    List<X509Certificate> authorities() {
        return authorities;
    }

    @Override
    public Optional<User> authenticate(Headers headers, ClientCertificates shown) {
        return current.authenticate(headers, shown);
    }

    @Override
    public void close() {
        file.close();
    }
}

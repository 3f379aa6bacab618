package dev.navarch.cluster;

import dev.navarch.apiserver.config.WatchedFiles;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.client.Pem;
import dev.navarch.time.TimeSource;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;

/**
 * A server's certificate and key in two files, which may change while it serves; while they don't belong together, nothing
 * changes. Source: k8s.io/apiserver pkg/server/dynamiccertificates/dynamic_serving_content.go.
 */
final class ServingFiles implements Supplier<TlsMaterial>, AutoCloseable {
    private final WatchedFiles files;
    private volatile TlsMaterial material;

    /** @throws ConfigException if the files can't be used */
    @SuppressWarnings("NullAway.Init") // read at once
    ServingFiles(ServerKeys.Serving serving, TimeSource time) {
        try {
            files = new WatchedFiles(
                    "Serving certificate",
                    List.of(serving.certificate(), serving.key()),
                    time,
                    read -> material = read(Pem.certificates(read.getFirst()), Pem.privateKey(read.getLast())));
        } catch (IllegalArgumentException e) {
            throw new ConfigException("tls-cert-file", serving.certificate(), String.valueOf(e.getMessage()));
        }
    }

    private static TlsMaterial read(List<X509Certificate> chain, PrivateKey key) throws GeneralSecurityException {
        if (!KeyPairs.belongTogether(key, chain.getFirst().getPublicKey())) {
            throw new GeneralSecurityException("tls: private key does not match public key");
        }
        return new TlsMaterial(key, chain);
    }

    @Override
    public TlsMaterial get() {
        return material;
    }

    @Override
    public void close() {
        files.close();
    }
}

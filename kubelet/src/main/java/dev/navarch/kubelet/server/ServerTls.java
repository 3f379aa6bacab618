package dev.navarch.kubelet.server;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's TLS settings, read again when the certificate's file changes, so that a renewal needs no restart. */
final class ServerTls {
    /** A type of key store that does not encrypt what never leaves memory; PKCS #12 would hash ten thousand rounds. */
    private static final String IN_MEMORY = "JKS";

    private static final Logger log = LoggerFactory.getLogger(ServerTls.class);

    private final KubeletServerConfig config;
    private FileTime read;
    private SslContext context;

    ServerTls(KubeletServerConfig config) throws IOException {
        this.config = config;
        read = Files.getLastModifiedTime(config.certificate());
        context = load();
    }

    /** For a new connection; the settings before, if the new ones cannot be used. */
    synchronized SslContext context() {
        try {
            var changed = Files.getLastModifiedTime(config.certificate());
            if (!changed.equals(read)) {
                context = load();
                read = changed;
            }
        } catch (IOException e) {
            log.warn("The certificate {} cannot be read again", config.certificate(), e);
        }
        return context;
    }

    private SslContext load() throws IOException {
        return SslContextBuilder.forServer(
                        config.certificate().toFile(), config.key().toFile())
                .keyStoreType(IN_MEMORY)
                .trustManager(config.clientCa().toFile())
                .clientAuth(ClientAuth.OPTIONAL)
                .build();
    }
}

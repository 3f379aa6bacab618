package dev.navarch.apiserver.webhook;

import dev.navarch.apiserver.net.TlsMaterial;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.KeyManager;

/** As whom the server calls a webhook. Users are told apart by identity: those of one user share connections. */
public final class HookUser {
    public static final HookUser ANONYMOUS = new HookUser(Optional.empty(), () -> "");

    private final KeyManager[] identity;
    private final Authorization authorization;

    /** The value of the header field {@code Authorization}, asked for at each call; empty for none. */
    @FunctionalInterface
    public interface Authorization {
        String value() throws IOException;
    }

    /** @param certificate shown to whoever asks for one */
    public HookUser(Optional<TlsMaterial> certificate, Authorization authorization) {
        identity = certificate.map(FixedIdentity::new).stream().toArray(KeyManager[]::new);
        this.authorization = authorization;
    }

    KeyManager[] identity() {
        return identity.clone();
    }

    String authorization() throws IOException {
        return authorization.value();
    }
}

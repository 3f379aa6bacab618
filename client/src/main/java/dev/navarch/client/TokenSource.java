package dev.navarch.client;

import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Where the bearer token of a request comes from; asked for each one. */
@FunctionalInterface
public interface TokenSource {

    String token() throws IOException;

    static TokenSource fixed(String token) {
        return () -> token;
    }

    /**
     * A file that something else renews; read again when a minute has passed.
     *
     * <p>source: client-go transport/token_source.go.
     */
    static TokenSource file(Path file, TimeSource time) {
        return new TokenSource() {
            private String token = "";
            private long readAt;

            @Override
            public synchronized String token() throws IOException {
                if (token.isEmpty()
                        || time.nanoTime() - readAt > Duration.ofMinutes(1).toNanos()) {
                    token = Files.readString(file).strip();
                    readAt = time.nanoTime();
                    if (token.isEmpty()) {
                        throw new IOException("the token file " + file + " is empty");
                    }
                }
                return token;
            }
        };
    }
}

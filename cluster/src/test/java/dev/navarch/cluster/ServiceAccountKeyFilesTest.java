package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Pem;
import dev.navarch.time.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceAccountKeyFilesTest {
    @TempDir
    Path folder;

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final KeyPair old = pair();
    private final KeyPair fresh = pair();
    private Path signing;
    private Path accepted;

    private static KeyPair pair() {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void write() throws Exception {
        signing = Files.writeString(folder.resolve("sa.key"), Pem.encode(old.getPrivate()));
        accepted = Files.writeString(folder.resolve("sa.pub"), Pem.encode(old.getPublic()));
    }

    @Test
    void keysAreRotatedInThreeSteps() throws Exception {
        try (var keys = new ServiceAccountKeyFiles(signing, accepted, time)) {
            assertThat(keys.get().signing().getPublic()).isEqualTo(old.getPublic());
            assertThat(keys.get().others()).isEmpty();

            Files.writeString(accepted, Pem.encode(old.getPublic()) + Pem.encode(fresh.getPublic()));
            time.advance(Duration.ofSeconds(5));
            assertThat(keys.get().signing().getPublic()).isEqualTo(old.getPublic());
            assertThat(keys.get().others()).containsExactly(fresh.getPublic());

            Files.writeString(signing, Pem.encode(fresh.getPrivate()));
            time.advance(Duration.ofSeconds(5));
            assertThat(keys.get().signing().getPublic()).isEqualTo(fresh.getPublic());
            assertThat(keys.get().others()).containsExactly(old.getPublic());

            Files.writeString(accepted, Pem.encode(fresh.getPublic()));
            time.advance(Duration.ofSeconds(5));
            assertThat(keys.get().others()).isEmpty();
        }
    }

    @Test
    void halfARotationChangesNothing() throws Exception {
        try (var keys = new ServiceAccountKeyFiles(signing, accepted, time)) {
            var before = keys.get();
            Files.writeString(signing, Pem.encode(fresh.getPrivate()));
            time.advance(Duration.ofSeconds(5));
            assertThat(keys.get()).isSameAs(before);
            Files.writeString(accepted, Pem.encode(fresh.getPublic()));
            time.advance(Duration.ofSeconds(5));
            assertThat(keys.get().signing().getPublic()).isEqualTo(fresh.getPublic());
        }
    }

    @Test
    void filesThatDoNotBelongTogetherStopTheStart() throws Exception {
        Files.writeString(accepted, Pem.encode(fresh.getPublic()));
        assertThatThrownBy(() -> new ServiceAccountKeyFiles(signing, accepted, time))
                .hasMessageContaining("sa.pub: none of the public keys is that of the private one");
    }
}

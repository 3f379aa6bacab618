package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Pem;
import dev.navarch.time.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
        try (var keys = new ServiceAccountKeyFiles(signing, List.of(accepted), time)) {
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
        try (var keys = new ServiceAccountKeyFiles(signing, List.of(accepted), time)) {
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
    void acceptedKeysMayLieInSeveralFilesAndBePrivateOnes() throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var rsa = generator.generateKeyPair();
        var third = Files.writeString(folder.resolve("rsa.key"), Pem.encode(rsa.getPrivate()));
        var elliptic = Files.writeString(
                folder.resolve("ec.key"),
                Pem.encodeSec1((ECPrivateKey) fresh.getPrivate(), (ECPublicKey) fresh.getPublic()));
        try (var keys = new ServiceAccountKeyFiles(signing, List.of(accepted, third, elliptic), time)) {
            assertThat(keys.get().others()).containsExactly(rsa.getPublic(), fresh.getPublic());
        }
    }

    @Test
    void filesThatDoNotBelongTogetherStopTheStart() throws Exception {
        Files.writeString(accepted, Pem.encode(fresh.getPublic()));
        assertThatThrownBy(() -> new ServiceAccountKeyFiles(signing, List.of(accepted), time))
                .hasMessageContaining("sa.pub: none of the public keys is that of the private one");
    }
}

package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Pem;
import dev.navarch.embedded.pki.CertificateAuthority;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.Identity;
import dev.navarch.time.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServingFilesTest {
    @TempDir
    Path folder;

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final SecureRandom random = new SecureRandom();

    private Identity certificate(String host) throws Exception {
        var authority = CertificateAuthority.found("somebody else's", time.now(), Duration.ofDays(2), random);
        return new CertificateAuthority(authority, random)
                .issue(CertificateRequest.server("server", List.of(host)), time.now(), Duration.ofDays(1));
    }

    @Test
    void aRenewedCertificateIsShownOnceItsKeyIsThereToo() throws Exception {
        var first = certificate("one.example.com");
        var second = certificate("two.example.com");
        var crt = Files.writeString(folder.resolve("tls.crt"), Pem.encode(first.chain()));
        var key = Files.writeString(folder.resolve("tls.key"), Pem.encode(first.key()));
        try (var files = new ServingFiles(new ServerKeys.Serving(crt, key), time)) {
            var before = files.get();
            assertThat(before.chain()).containsExactly(first.chain());
            Files.writeString(crt, Pem.encode(second.chain()));
            time.advance(Duration.ofSeconds(5));
            assertThat(files.get()).as("half of it").isSameAs(before);
            Files.writeString(key, Pem.encode(second.key()));
            time.advance(Duration.ofSeconds(5));
            assertThat(files.get().chain()).containsExactly(second.chain());
        }
    }

    @Test
    void whatCannotBeShownStopsTheStart() throws Exception {
        var crt = Files.writeString(
                folder.resolve("tls.crt"),
                Pem.encode(certificate("one.example.com").chain()));
        var key = Files.writeString(
                folder.resolve("tls.key"),
                Pem.encode(certificate("two.example.com").key()));
        assertThatThrownBy(() -> new ServingFiles(new ServerKeys.Serving(crt, key), time))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--tls-cert-file " + crt)
                .hasMessageContaining("private key does not match public key");
        assertThatThrownBy(() -> new ServingFiles(new ServerKeys.Serving(crt, folder.resolve("none")), time))
                .hasMessageContaining("there is no file " + folder.resolve("none"));
    }
}

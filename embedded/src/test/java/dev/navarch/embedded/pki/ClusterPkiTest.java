package dev.navarch.embedded.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterPkiTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final CertificateRequest SERVER =
            CertificateRequest.server("kube-apiserver", List.of("localhost", "127.0.0.1"));

    @TempDir
    Path dir;

    private ClusterPki open(Instant now) throws Exception {
        return ClusterPki.open(dir.resolve("pki"), now, new SecureRandom());
    }

    @Test
    void keysAreForTheOwnerAlone() throws Exception {
        var pki = open(NOW);
        pki.identity("apiserver", SERVER, NOW);
        pki.serviceAccountKeys();
        assertThat(mode("pki")).isEqualTo("rwx------");
        for (var key : List.of("ca.key", "apiserver.key", "sa.key")) {
            assertThat(mode("pki/" + key)).as(key).isEqualTo("rw-------");
        }
    }

    @Test
    void aGoodCertificateIsKeptAcrossStarts() throws Exception {
        var first = open(NOW).identity("apiserver", SERVER, NOW);
        var second = open(NOW).identity("apiserver", SERVER, NOW.plus(Duration.ofDays(30)));
        assertThat(second.certificate()).isEqualTo(first.certificate());
    }

    @Test
    void aCertificateIsRenewedWhenAThirdOfItsLifeIsLeft() throws Exception {
        var first = open(NOW).identity("apiserver", SERVER, NOW);
        var later = NOW.plus(Duration.ofDays(250));
        var second = open(later).identity("apiserver", SERVER, later);
        assertThat(second.certificate()).isNotEqualTo(first.certificate());
        second.certificate().checkValidity(java.util.Date.from(later.plus(Duration.ofDays(360))));
    }

    @Test
    void anotherNameOrGroupIssuesAgain() throws Exception {
        var pki = open(NOW);
        var admin = pki.identity("admin", CertificateRequest.client("kubernetes-admin", "system:masters"), NOW);
        var other = pki.identity("admin", CertificateRequest.client("kubernetes-admin", "viewers"), NOW);
        assertThat(other.certificate()).isNotEqualTo(admin.certificate());
        var server = pki.identity("apiserver", SERVER, NOW);
        var moved = pki.identity("apiserver", CertificateRequest.server("kube-apiserver", List.of("10.0.0.1")), NOW);
        assertThat(moved.certificate()).isNotEqualTo(server.certificate());
        moved.certificate().verify(pki.authority().getPublicKey());
    }

    @Test
    void aKeyWithoutItsCertificateIsReplaced() throws Exception {
        var pki = open(NOW);
        pki.identity("apiserver", SERVER, NOW);
        var other = pki.identity("other", SERVER, NOW);
        WholeFile.write(dir.resolve("pki/apiserver.key"), Pem.encode(other.key()), "rw-------");
        var mended = pki.identity("apiserver", SERVER, NOW);
        assertThat(Pem.encode(mended.key())).isNotEqualTo(Pem.encode(other.key()));
    }

    private String mode(String file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve(file)));
    }
}

package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.embedded.pki.ClusterPki;
import dev.navarch.time.ManualTime;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterCertificatesTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));

    @TempDir
    Path dir;

    @Test
    void aCertificateInUseIsRenewedBeforeItExpiresAndIsTheSameUntilThen() throws Exception {
        try (var certificates =
                new ClusterCertificates(ClusterPki.open(dir.resolve("pki"), time.now(), new SecureRandom()), time)) {
            var server = certificates.server("10.96.0.1", List.of("192.0.2.1"));
            var first = server.get();
            time.advance(Duration.ofDays(200));
            assertThat(server.get()).isSameAs(first);
            time.advance(Duration.ofDays(100));
            var second = server.get();
            assertThat(second).isNotSameAs(first);
            second.chain().getFirst().checkValidity(Date.from(time.now().plus(Duration.ofDays(300))));
            second.chain().getFirst().verify(certificates.authority().getPublicKey());
        }
    }
}

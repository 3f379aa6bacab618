package dev.navarch.storage.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.storage.Draft;
import dev.navarch.storage.StoreException;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.SystemTime;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that wants to see certificates, as kubeadm sets it up. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EtcdTlsIT {
    private static final SystemTime time = new SystemTime();
    private static X509Bundle authority;
    private static X509Bundle client;
    private static EtcdProcess etcd;

    @BeforeAll
    static void start(@TempDir Path files) throws Exception {
        authority = authority("CN=etcd-ca");
        client = client(authority, builder());
        var server = builder()
                .subject("CN=etcd")
                .addSanIpAddress("127.0.0.1")
                .addSanDnsName("localhost")
                .addExtendedKeyUsageServerAuth()
                .addExtendedKeyUsageClientAuth()
                .buildIssuedBy(authority);
        etcd = EtcdProcess.start(
                "--client-cert-auth",
                "--trusted-ca-file=" + file(files, "ca.crt", authority.getCertificatePEM()),
                "--cert-file=" + file(files, "server.crt", server.getCertificatePathPEM()),
                "--key-file=" + file(files, "server.key", server.getPrivateKeyPEM()));
    }

    @AfterAll
    static void stop() throws Exception {
        if (etcd != null) {
            etcd.close();
        }
        time.close();
    }

    private static CertificateBuilder builder() {
        return new CertificateBuilder().algorithm(CertificateBuilder.Algorithm.ecp256);
    }

    private static X509Bundle authority(String name) throws Exception {
        return builder().subject(name).setIsCertificateAuthority(true).buildSelfSigned();
    }

    private static X509Bundle client(X509Bundle issuer, CertificateBuilder builder) throws Exception {
        return builder.subject("CN=apiserver").addExtendedKeyUsageClientAuth().buildIssuedBy(issuer);
    }

    private static Path file(Path folder, String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text);
    }

    private static EtcdStore open(X509Certificate trusted, Optional<X509Bundle> identity) {
        var shown = identity.map(bundle -> new EtcdConfig.Identity(
                List.of(bundle.getCertificatePath()), bundle.getKeyPair().getPrivate()));
        return EtcdStore.open(
                etcd.config().withRequestTimeout(Duration.ofSeconds(2)).withTls(List.of(trusted), shown), time);
    }

    @Test
    void withTheRightCertificatesAllWorks() throws Exception {
        try (var store = open(authority.getCertificate(), Optional.of(client));
                var watch = store.watch("/registry/", 0)) {
            var written = store.write(new Write.Create("/registry/core/pods/a/x", new Draft("x".getBytes(UTF_8), -1)));
            assertThat(written).isInstanceOf(WriteResult.Committed.class);
            store.sync();
            assertThat(watch.next(Duration.ofSeconds(10))).hasSize(1);
        }
    }

    @Test
    void anEtcdOfAnotherAuthorityIsNotTrusted() throws Exception {
        var other = authority("CN=another-ca").getCertificate();
        assertThatThrownBy(() -> open(other, Optional.of(client)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(etcd.address().toString())
                .hasMessageContaining("unable to find valid certification path");
    }

    @Test
    void aClientThatEtcdDoesNotKnowIsToldSo() throws Exception {
        var stranger = client(authority("CN=another-ca"), builder());
        assertThatThrownBy(() -> open(authority.getCertificate(), Optional.of(stranger)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("certificate");
        assertThatThrownBy(() -> open(authority.getCertificate(), Optional.empty()))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("certificate");
    }

    @Test
    void aCertificateThatHasExpiredIsNamed() throws Exception {
        var expired = client(
                authority,
                builder()
                        .notBefore(Instant.parse("2024-01-01T00:00:00Z"))
                        .notAfter(Instant.parse("2025-01-01T00:00:00Z")));
        assertThatThrownBy(() -> open(authority.getCertificate(), Optional.of(expired)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("CN=apiserver")
                .hasMessageContaining("2025-01-01T00:00:00Z");
    }
}

package dev.navarch.kubelet.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.kubelet.certificates.CertificateRotation.Requester.Made;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's certificate through its life, by a clock that is turned. */
class CertificateRotationTest {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final Duration SOON = Duration.ofSeconds(1);

    @TempDir
    Path root;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final Map<String, PublicKey> asked = new HashMap<>();
    private volatile Optional<Wanted> wanted = Optional.of(Wanted.serving("n1", List.of("192.0.2.1")));
    private X509Bundle authority;
    private CertificateRotation rotation;

    @BeforeEach
    void start() throws Exception {
        authority = authority();
        rotation = started(1);
    }

    @AfterEach
    void stop() {
        rotation.close();
        api.close();
    }

    private X509Bundle authority() throws Exception {
        return new CertificateBuilder()
                .subject("CN=ca")
                .notBefore(time.now().minus(YEAR))
                .notAfter(time.now().plus(YEAR.multipliedBy(20)))
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private CertificateRotation started(long seed) {
        var made = new CertificateRotation(
                CertificateKind.SERVING,
                () -> wanted,
                this::request,
                files(),
                authority.getCertificate(),
                _ -> api.client(),
                time,
                new Random(seed));
        made.start(Duration.ZERO);
        time.advance(Duration.ZERO);
        return made;
    }

    private CertificateFiles files() {
        return new CertificateFiles(root.resolve("pki"), "kubelet-server");
    }

    private Made request(Wanted what) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var keys = generator.generateKeyPair();
        var text = "request " + asked.size();
        asked.put(text, keys.getPublic());
        return new Made(keys.getPrivate(), keys.getPublic(), text);
    }

    private List<CertificateSigningRequest> requests() {
        return api.client()
                .resource(CertificateSigningRequest.class)
                .list(ListQuery.all())
                .items();
    }

    private List<CertificateSigningRequest> open() {
        return requests().stream()
                .filter(r -> r.getStatus() == null
                        || (r.getStatus().getCertificate() == null
                                && r.getStatus().getConditions().isEmpty()))
                .toList();
    }

    /** As the cluster does, for what is wanted now. */
    private void sign(CertificateSigningRequest request, PublicKey key, X509Bundle by) throws Exception {
        var said = wanted.orElseThrow();
        var builder = new CertificateBuilder()
                .subject("O=system:nodes,CN=" + said.commonName())
                .notBefore(time.now())
                .notAfter(time.now().plus(YEAR))
                .publicKey(key);
        said.dnsNames().forEach(builder::addSanDnsName);
        said.addresses().forEach(builder::addSanIpAddress);
        var pem = builder.buildIssuedBy(by).getCertificatePEM();
        api.put(new CertificateSigningRequestBuilder(request)
                .withNewStatus()
                .withCertificate(Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII)))
                .endStatus()
                .build());
    }

    private void signAll() throws Exception {
        for (var request : open()) {
            var text = new String(Base64.getDecoder().decode(request.getSpec().getRequest()), StandardCharsets.UTF_8);
            sign(request, asked.get(text), authority);
        }
        time.advance(SOON);
    }

    private Certified current() {
        return rotation.current().orElseThrow();
    }

    @Test
    void aCertificateIsAskedForAndKept() throws Exception {
        assertThat(rotation.current()).isEmpty();
        var request = requests().getFirst();
        assertThat(request.getSpec().getSignerName()).isEqualTo("kubernetes.io/kubelet-serving");
        assertThat(request.getSpec().getUsages()).containsExactly("digital signature", "server auth");
        assertThat(request.getMetadata().getName()).startsWith("csr-");
        signAll();
        var first = current();
        assertThat(first.certificate().getPublicKey()).isEqualTo(asked.get("request 0"));

        var folder = root.resolve("pki");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.resolve("kubelet-server-current.pem"))))
                .isEqualTo("rw-------");
        rotation.close();
        rotation = started(2);
        assertThat(current().certificate()).isEqualTo(first.certificate());
        time.advance(Duration.ofDays(200));
        assertThat(asked).as("requests").hasSize(1);
    }

    @Test
    void itIsRenewedWhenMostOfItsLifeIsOver() throws Exception {
        for (int seed = 1; seed <= 5; seed++) {
            rotation.close();
            rotation = started(seed);
            signAll();
            var before = current();
            int requests = asked.size();
            var from = before.certificate().getNotBefore().toInstant();
            time.advance(
                    Duration.between(time.now(), from.plus(YEAR.multipliedBy(7).dividedBy(10))));
            assertThat(asked).as("requests before 70 %, seed " + seed).hasSize(requests);
            assertThat(rotation.current()).contains(before);
            for (int day = 0; day <= 73 && asked.size() == requests; day++) {
                time.advance(
                        Duration.ofDays(1)); // no further than needed: who waits for an answer asks again and again
            }
            assertThat(time.now())
                    .isBeforeOrEqualTo(
                            from.plus(YEAR.multipliedBy(9).dividedBy(10)).plus(Duration.ofDays(1)));
            assertThat(asked).as("requests after 90 %, seed " + seed).hasSizeGreaterThan(requests);
            for (int look = 0; look < 3; look++) { // a request that was given up just now is made again first
                signAll();
                time.advance(Duration.ofMinutes(1));
            }
            assertThat(current().certificate()).isNotEqualTo(before.certificate());
        }
        try (var files = Files.list(root.resolve("pki"))) {
            assertThat(files.filter(f -> !Files.isSymbolicLink(f)))
                    .as("files that are kept")
                    .hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void anotherAddressNeedsAnotherCertificate() throws Exception {
        signAll();
        wanted = Optional.of(Wanted.serving("n1", List.of("192.0.2.1", "2001:db8::1")));
        time.advance(Duration.ofMinutes(1));
        signAll();
        assertThat(current().certificate().getSubjectAlternativeNames())
                .anyMatch(name -> name.get(1).equals("2001:db8:0:0:0:0:0:1"));
        time.advance(Duration.ofMinutes(10));
        assertThat(asked).hasSize(2);
    }

    @Test
    void whatIsRefusedOrForgottenIsAskedForAgain() throws Exception {
        api.put(new CertificateSigningRequestBuilder(requests().getFirst())
                .withNewStatus()
                .addNewCondition()
                .withType("Denied")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build());
        time.advance(Duration.ofSeconds(3));
        assertThat(asked).as("after a refusal").hasSize(2);
        time.advance(Duration.ofMinutes(16));
        assertThat(asked).as("after a quarter of an hour without an answer").hasSize(3);
        signAll();
        time.advance(Duration.ofMinutes(1));
        assertThat(rotation.current()).isPresent();
    }

    @Test
    void certificatesOfOthersAreNotTaken() throws Exception {
        var other = KeyPairGenerator.getInstance("EC");
        other.initialize(256);
        sign(requests().getFirst(), other.generateKeyPair().getPublic(), authority);
        time.advance(SOON);
        assertThat(rotation.current()).as("of another key").isEmpty();
        time.advance(Duration.ofSeconds(3));
        sign(open().getFirst(), asked.get("request 1"), authority());
        time.advance(Duration.ofSeconds(3));
        assertThat(rotation.current()).as("of another authority").isEmpty();
        time.advance(Duration.ofMinutes(1));
        signAll();
        time.advance(Duration.ofMinutes(1));
        assertThat(rotation.current()).isPresent();
    }

    @Test
    void anExpiredOneIsNotUsedAndAskedForAgain() throws Exception {
        signAll();
        rotation.close();
        time.advance(YEAR);
        rotation = started(3);
        assertThat(rotation.current()).isEmpty();
        signAll();
        assertThat(rotation.current()).isPresent();
    }

    @Test
    void connectionsEndWithTheirCertificate() throws Exception {
        signAll();
        List<String> told = new ArrayList<>();
        var certified = new AtomicReference<>(rotation.current());
        try (var transport = new RenewedTransport(certified::get, with -> {
            var number = with.orElseThrow().certificate().getSerialNumber();
            return new Transport() {
                @Override
                public Response send(Request request) throws IOException {
                    told.add("request with " + number);
                    return api.send(request);
                }

                @Override
                public void close() {
                    told.add("end of " + number);
                }
            };
        })) {
            var request = new Request("GET", "/api/v1/nodes", Map.of(), new byte[0]);
            var first = current().certificate().getSerialNumber();
            transport.send(request).close();
            transport.send(request).close();
            wanted = Optional.of(Wanted.serving("n1", List.of("192.0.2.2")));
            time.advance(Duration.ofMinutes(1));
            signAll();
            certified.set(rotation.current());
            var second = current().certificate().getSerialNumber();
            transport.send(request).close();
            assertThat(told)
                    .containsExactly(
                            "request with " + first,
                            "request with " + first,
                            "end of " + first,
                            "request with " + second);
        }
    }
}

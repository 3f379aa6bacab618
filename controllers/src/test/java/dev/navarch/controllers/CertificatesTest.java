package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests for certificates are approved, signed and cleaned up, on a simulated cluster. */
class CertificatesTest {
    private static final String KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";
    private static final List<String> CLIENT = List.of("digital signature", "client auth");
    private static final String NODE = "CN=system:node:a\nO=system:nodes";

    private static CertificateSigningRequestBuilder request(
            String user, String signer, String asked, List<String> usages) {
        return new CertificateSigningRequestBuilder()
                .withNewMetadata()
                .withName("r")
                .endMetadata()
                .withNewSpec()
                .withUsername(user)
                .withSignerName(signer)
                .withRequest(Base64.getEncoder().encodeToString(asked.getBytes(StandardCharsets.UTF_8)))
                .withUsages(usages)
                .endSpec();
    }

    private static CertificateSigningRequest approved(
            SimulatedCluster cluster, CertificateSigningRequestBuilder request) {
        return request.withNewStatus()
                .addNewCondition()
                .withType("Approved")
                .withStatus("True")
                .withLastUpdateTime(cluster.time.now().toString())
                .endCondition()
                .endStatus()
                .build();
    }

    private static CertificateSigningRequest now(SimulatedCluster cluster) {
        return cluster.get(CertificateSigningRequest.class, "", "r");
    }

    private static String certificate(SimulatedCluster cluster) {
        var status = now(cluster).getStatus();
        return status == null || status.getCertificate() == null
                ? ""
                : new String(Base64.getDecoder().decode(status.getCertificate()), StandardCharsets.UTF_8);
    }

    private static List<CertificateSigningRequestCondition> conditions(SimulatedCluster cluster) {
        var status = now(cluster).getStatus();
        return status == null ? List.of() : status.getConditions();
    }

    /** In small steps first, for what is done at once or tried again, then in a large one, for what would be done later. */
    private static void aMinutePasses(SimulatedCluster cluster) {
        cluster.pass(Duration.ofSeconds(2));
        cluster.time.advance(Duration.ofMinutes(1));
        cluster.pass(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @CsvSource({
        "system:node:a, Auto approving self kubelet client certificate after SubjectAccessReview.",
        "system:bootstrap:abcdef, Auto approving kubelet client certificate after SubjectAccessReview."
    })
    void aKubeletGetsItsCertificate(String user, String message) {
        try (var cluster = new SimulatedCluster(1, 2)) {
            cluster.api.put(request(user, KUBELET, NODE, CLIENT).build());
            cluster.until("a certificate", () -> !certificate(cluster).isEmpty());
            assertThat(conditions(cluster)).singleElement().satisfies(c -> {
                assertThat(c.getType()).isEqualTo("Approved");
                assertThat(c.getReason()).isEqualTo("AutoApproved");
                assertThat(c.getMessage()).isEqualTo(message);
            });
            assertThat(certificate(cluster))
                    .isEqualTo("system:node:a may [digital signature, client auth] for 31536000 s");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NODE, "CN=system:node:a\nO=system:masters", "CN=a\nO=system:nodes", NODE + "\nDNS=b", "?"})
    void whatIsNotAllowedWaitsAndGoesAfterADay(String asked) {
        try (var cluster = new SimulatedCluster(2)) {
            var user = asked.equals(NODE) ? "nobody" : "system:node:a";
            cluster.api.put(request(user, KUBELET, asked, CLIENT).build());
            aMinutePasses(cluster);
            assertThat(conditions(cluster)).isEmpty();
            cluster.time.advance(Duration.ofHours(23).minusMinutes(1));
            cluster.pass(Duration.ofSeconds(1));
            assertThat(now(cluster)).isNotNull();
            cluster.time.advance(Duration.ofHours(1));
            cluster.until(
                    "it is gone",
                    () -> cluster.all(CertificateSigningRequest.class).isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "60, 600",
        "7200, 7200",
        "99999999, 31536000",
    })
    void aValidityMayBeAskedFor(int asked, int given) {
        try (var cluster = new SimulatedCluster(3)) {
            var request = request("u", "kubernetes.io/kube-apiserver-client", "CN=u", CLIENT)
                    .editSpec()
                    .withExpirationSeconds(asked)
                    .endSpec();
            cluster.api.put(approved(cluster, request));
            cluster.until("a certificate", () -> certificate(cluster).endsWith(" for " + given + " s"));
            cluster.time.advance(Duration.ofMinutes(61));
            cluster.until(
                    "it is gone",
                    () -> cluster.all(CertificateSigningRequest.class).isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "kube-apiserver-client, CN=u, server auth, invalid usage for client certificate: server auth",
        "kube-apiserver-client, CN=u, digital signature, missing required usage for client certificate: client auth",
        "kube-apiserver-client, 'CN=u\nO=system:masters', client auth,"
                + " use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
        "kubelet-serving, 'CN=system:node:a\nO=system:nodes', server auth, DNS or IP subjectAltName is required",
        "kubelet-serving, 'CN=system:node:a\nO=system:nodes\nIP=192.0.2.1', server auth,"
                + " usages did not match [digital signature key encipherment server auth]",
        "kube-apiserver-client-kubelet, CN=system:node:a, client auth, subject organization is not system:nodes",
    })
    void whatASignerDoesNotSignFails(String signer, String asked, String usage, String message) {
        try (var cluster = new SimulatedCluster(4)) {
            cluster.api.put(approved(cluster, request("u", "kubernetes.io/" + signer, asked, List.of(usage))));
            cluster.until("it failed", () -> conditions(cluster).size() == 2);
            var failure = conditions(cluster).getLast();
            assertThat(failure.getType()).isEqualTo("Failed");
            assertThat(failure.getReason()).isEqualTo("SignerValidationFailure");
            assertThat(failure.getMessage()).isEqualTo(message);
            assertThat(certificate(cluster)).isEmpty();
        }
    }

    @Test
    void signersOfOthersAreTheirs() {
        try (var cluster = new SimulatedCluster(5)) {
            cluster.api.put(approved(cluster, request("u", "example.com/mine", "CN=u", CLIENT)));
            aMinutePasses(cluster);
            assertThat(certificate(cluster)).isEmpty();
            assertThat(conditions(cluster)).hasSize(1);
        }
    }

    private static Node node(SimulatedCluster cluster, String name, String... addresses) {
        var node = new NodeBuilder(cluster.node(name)).editStatus();
        for (var address : addresses) {
            node.addNewAddress(address, "InternalIP");
        }
        return node.endStatus().build();
    }

    private static CertificateSigningRequestBuilder serving(String user, String names) {
        return request(
                        user,
                        "kubernetes.io/kubelet-serving",
                        NODE + "\n" + names,
                        List.of("digital signature", "server auth"))
                .editSpec()
                .withGroups("system:nodes", "system:authenticated")
                .endSpec();
    }

    @Test
    void aNodesServingCertificateIsApprovedOnceTheNodeHasWhatItNames() {
        try (var cluster = new SimulatedCluster(6)) {
            cluster.api.put(serving("system:node:a", "DNS=a\nIP=192.0.2.1").build());
            aMinutePasses(cluster);
            assertThat(conditions(cluster)).isEmpty();
            cluster.api.put(node(cluster, "a", "192.0.2.1", "2001:db8::1"));
            cluster.until("a certificate", () -> !certificate(cluster).isEmpty());
            assertThat(conditions(cluster)).singleElement().satisfies(c -> {
                assertThat(c.getType()).isEqualTo("Approved");
                assertThat(c.getReason()).isEqualTo("AutoApproved");
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "system:node:b, 'DNS=a'",
        "system:node:a, 'DNS=kubernetes.default.svc'",
        "system:node:a, 'DNS=a\nIP=192.0.2.9'",
        "system:node:a, 'DNS=a\nIP=192.0.2.2'",
        "system:node:a, 'DNS=a\nIP=10.96.0.1'",
        "system:node:a, 'DNS=a\nIP=127.0.0.1'",
        "system:node:a, 'DNS=a\nIP=169.254.169.254'",
    })
    void whatIsNotANodesOwnWaitsForAnotherLook(String user, String names) {
        try (var cluster = new SimulatedCluster(7)) {
            cluster.api.put(node(cluster, "older", "192.0.2.2"));
            cluster.time.advance(Duration.ofMinutes(1));
            cluster.api.put(new ServiceBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("kubernetes")
                    .endMetadata()
                    .withNewSpec()
                    .withClusterIPs("10.96.0.1")
                    .endSpec()
                    .build());
            cluster.api.put(node(cluster, "a", "192.0.2.1", "192.0.2.2", "10.96.0.1", "127.0.0.1", "169.254.169.254"));
            cluster.pass(Duration.ofSeconds(1)); // and everybody knows of them
            cluster.restart(); // and so knows all of them before it is asked
            cluster.api.put(serving(user, names.replace("\\n", "\n")).build());
            aMinutePasses(cluster);
            assertThat(conditions(cluster)).isEmpty();
        }
    }
}

package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Bootstrap tokens go when they expire, on a simulated cluster. */
class BootstrapTokensTest {
    private static Secret secret(String namespace, String name, String type, String expiration) {
        var secret = new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withType(type);
        if (!expiration.isEmpty()) {
            var data = Base64.getEncoder().encodeToString(expiration.getBytes(StandardCharsets.UTF_8));
            secret.addToData("expiration", data);
        }
        return secret.build();
    }

    private static Set<String> names(SimulatedCluster cluster) {
        return cluster.all(Secret.class).stream()
                .map(s -> s.getMetadata().getName())
                .collect(Collectors.toSet());
    }

    @Test
    void theyGoWhenTheirTimeIsOver() {
        try (var cluster = new SimulatedCluster(1)) {
            var token = "bootstrap.kubernetes.io/token";
            var soon = cluster.time.now().plus(Duration.ofMinutes(10)).toString();
            var over = cluster.time.now().minus(Duration.ofMinutes(10)).toString();
            cluster.api.put(secret("kube-system", "soon", token, soon));
            cluster.api.put(secret("kube-system", "over", token, over));
            cluster.api.put(secret("kube-system", "unreadable", token, "tomorrow"));
            cluster.api.put(secret("kube-system", "lasting", token, ""));
            cluster.api.put(secret("kube-system", "other", "Opaque", over));
            cluster.api.put(secret("d", "elsewhere", token, over));
            cluster.until("two are gone", () -> names(cluster).equals(Set.of("soon", "lasting", "other", "elsewhere")));
            cluster.pass(Duration.ofSeconds(5));
            assertThat(names(cluster)).contains("soon");
            cluster.time.advance(Duration.ofMinutes(10));
            cluster.until("the third too", () -> names(cluster).equals(Set.of("lasting", "other", "elsewhere")));
        }
    }

    private static Secret signing(String id, String secret, String use) {
        return new SecretBuilder(secret("kube-system", "bootstrap-token-" + id, "bootstrap.kubernetes.io/token", ""))
                .addToData("token-id", encoded(id))
                .addToData("token-secret", encoded(secret))
                .addToData("usage-bootstrap-signing", encoded(use))
                .build();
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The text, token and signature are those of upstream's test, which other implementations compare with too. */
    @Test
    void theySignWhereTheClusterIs() {
        var text = "Hello from the other side. I must have called a thousand times.";
        try (var cluster = new SimulatedCluster(2)) {
            cluster.api.put(new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("kube-public")
                    .withName("cluster-info")
                    .endMetadata()
                    .addToData("kubeconfig", text)
                    .addToData("jws-kubeconfig-gone", "signature of a token that is gone")
                    .build());
            cluster.api.put(signing("joshua", "my voice is my passcode", "true"));
            cluster.api.put(signing("silent", "my voice is my passcode", "false"));
            cluster.until(
                    "one signature",
                    () -> cluster.get(ConfigMap.class, "kube-public", "cluster-info")
                            .getData()
                            .equals(Map.of(
                                    "kubeconfig",
                                    text,
                                    "jws-kubeconfig-joshua",
                                    "eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9.."
                                            + "VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8")));
            cluster.api.remove(cluster.get(Secret.class, "kube-system", "bootstrap-token-joshua"));
            cluster.until(
                    "none",
                    () -> cluster.get(ConfigMap.class, "kube-public", "cluster-info")
                            .getData()
                            .equals(Map.of("kubeconfig", text)));
        }
    }
}

package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Tokens in secrets that nobody uses are marked after a year and deleted after another, on a simulated cluster. */
class LegacyTokensTest {
    private static final String INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";

    private static Secret token(String name, Map<String, String> labels) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .withLabels(labels)
                .addToAnnotations("kubernetes.io/service-account.name", "robot")
                .endMetadata()
                .withType("kubernetes.io/service-account-token")
                .build();
    }

    private static Map<String, String> marks(SimulatedCluster cluster) {
        return cluster.all(Secret.class).stream()
                .filter(s -> s.getMetadata().getLabels() != null
                        && s.getMetadata().getLabels().containsKey(INVALID_SINCE))
                .collect(Collectors.toMap(
                        s -> s.getMetadata().getName(),
                        s -> s.getMetadata().getLabels().get(INVALID_SINCE)));
    }

    private static Set<String> names(SimulatedCluster cluster) {
        return cluster.all(Secret.class).stream()
                .map(s -> s.getMetadata().getName())
                .collect(Collectors.toSet());
    }

    @Test
    void whatNobodyUsesIsMarkedAndGoes() {
        try (var cluster = new SimulatedCluster(1, "legacy-serviceaccount-token-cleaner-controller")) {
            cluster.api.put(new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("kube-system")
                    .withName("kube-apiserver-legacy-service-account-token-tracking")
                    .endMetadata()
                    .addToData("since", "2026-01-01")
                    .build());
            var account = new ServiceAccountBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("robot")
                    .endMetadata();
            for (var listed : Set.of("idle", "used", "mounted", "unreadable")) {
                account.addNewSecret().withName(listed).endSecret();
            }
            cluster.api.put(account.build());
            cluster.api.put(token("idle", Map.of()));
            cluster.api.put(token("used", Map.of("kubernetes.io/legacy-token-last-used", "2026-12-31")));
            cluster.api.put(token("unreadable", Map.of("kubernetes.io/legacy-token-last-used", "lately")));
            cluster.api.put(token("mounted", Map.of()));
            cluster.api.put(token("made-by-hand", Map.of()));
            cluster.api.put(new PodBuilder()
                    .withNewMetadata()
                    .withNamespace("d")
                    .withName("p")
                    .endMetadata()
                    .withNewSpec()
                    .addNewVolume()
                    .withName("v")
                    .withNewSecret()
                    .withSecretName("mounted")
                    .endSecret()
                    .endVolume()
                    .endSpec()
                    .build());
            cluster.restart();

            cluster.time.advance(Duration.ofDays(365));
            cluster.restart();
            cluster.pass(Duration.ofSeconds(5));
            assertThat(marks(cluster)).as("before the first whole day has aged").isEmpty();

            cluster.time.advance(Duration.ofDays(1));
            cluster.restart(); // which looks at once
            cluster.until("a mark", () -> marks(cluster).equals(Map.of("idle", "2027-01-02")));

            cluster.time.advance(Duration.ofDays(366));
            cluster.restart();
            cluster.until("it is gone", () -> !names(cluster).contains("idle"));
            assertThat(names(cluster)).contains("unreadable", "mounted", "made-by-hand");
        }
    }
}

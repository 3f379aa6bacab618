package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
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
}

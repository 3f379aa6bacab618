package dev.navarch.embedded;

import static dev.navarch.embedded.Workloads.admin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.ApiClient;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Json;
import dev.navarch.client.Patch;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Secrets that ask for a service account's token, as before tokens had an end. */
class LegacyTokensTest {
    @Test
    void aSecretIsFilledAndItsTokenIsGoodAsLongAsTheAccount() {
        try (var cluster = EmbeddedCluster.builder().paused().start()) {
            var client = admin(cluster);
            cluster.apply("""
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: robot, namespace: default}
                """);
            create(client, "robots-token", "robot");
            create(client, "nobodys-token", "nobody");
            cluster.awaitIdle();

            var secrets = client.resource(Secret.class);
            assertThat(secrets.get("default", "nobodys-token"))
                    .as("without an account")
                    .isEmpty();
            var secret = secrets.get("default", "robots-token").orElseThrow();
            var account = client.resource(ServiceAccount.class)
                    .get("default", "robot")
                    .orElseThrow();
            assertThat(secret.getMetadata().getAnnotations())
                    .containsEntry(
                            "kubernetes.io/service-account.uid",
                            account.getMetadata().getUid());
            assertThat(text(secret, "namespace")).isEqualTo("default");
            assertThat(text(secret, "ca.crt")).startsWith("-----BEGIN CERTIFICATE-----");
            var token = text(secret, "token");
            var status = review(client, token);
            assertThat(status.path("authenticated").asBoolean()).isTrue();
            assertThat(status.path("user").path("username").asString())
                    .isEqualTo("system:serviceaccount:default:robot");

            cluster.awaitIdle();
            assertThat(secrets.get("default", "robots-token")
                            .orElseThrow()
                            .getMetadata()
                            .getLabels())
                    .containsEntry(
                            "kubernetes.io/legacy-token-last-used",
                            cluster.clock().now().toString().substring(0, 10));

            mark(client, "\"2026-01-01\"");
            cluster.clock().advance(Duration.ofSeconds(31)); // a verdict is remembered for a while
            assertThat(review(client, token).path("error").asString())
                    .contains("the token in secret default/robots-token for service account default/robot has been"
                            + " marked invalid.");
            mark(client, "null");
            cluster.clock().advance(Duration.ofSeconds(31));
            assertThat(review(client, token).path("authenticated").asBoolean()).isTrue();

            client.resource(ServiceAccount.class).delete("default", "robot", DeleteOptions.none());
            cluster.awaitIdle();
            assertThat(secrets.get("default", "robots-token")).isEmpty();
            cluster.clock().advance(Duration.ofSeconds(11)); // a verdict is remembered for ten
            assertThat(review(client, token).path("authenticated").asBoolean()).isFalse();
        }
    }

    private static void mark(ApiClient client, String since) {
        client.resource(Secret.class)
                .patch(
                        "default",
                        "robots-token",
                        Patch.merge("{\"metadata\": {\"labels\": {\"kubernetes.io/legacy-token-invalid-since\": "
                                + since + "}}}"));
    }

    private static void create(ApiClient client, String name, String account) {
        client.resource(Secret.class)
                .create(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName(name)
                        .addToAnnotations("kubernetes.io/service-account.name", account)
                        .endMetadata()
                        .withType("kubernetes.io/service-account-token")
                        .build());
    }

    private static String text(Secret secret, String key) {
        return new String(Base64.getDecoder().decode(secret.getData().get(key)), StandardCharsets.UTF_8);
    }

    private static JsonNode review(ApiClient client, String token) {
        var review = Json.mapper().createObjectNode();
        review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
        review.putObject("spec").put("token", token);
        return client.raw("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)
                .path("status");
    }
}

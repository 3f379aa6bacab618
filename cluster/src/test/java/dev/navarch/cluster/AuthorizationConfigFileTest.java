package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.authz.AuthorizationSettings.Type;
import dev.navarch.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthorizationConfigFileTest {
    private static final String HEAD =
            "{apiVersion: apiserver.config.k8s.io/v1, kind: AuthorizationConfiguration, authorizers: [";
    private static final String WEBHOOK =
            "{type: Webhook, name: hook, webhook: {timeout: 3s, subjectAccessReviewVersion: v1,"
                    + " matchConditionSubjectAccessReviewVersion: v1, failurePolicy: Deny, unauthorizedTTL: 1m,"
                    + " cacheAuthorizedRequests: false, connectionInfo: {type: KubeConfigFile, kubeConfigFile: FILE},"
                    + " matchConditions: [{expression: \"request.user != 'x'\"}]}}";

    @TempDir
    Path dir;

    private AuthorizationSettings read(String authorizers) throws Exception {
        var kubeconfig = Files.writeString(
                dir.resolve("hook.yaml"),
                "{current-context: c, contexts: [{name: c, context: {cluster: k, user: me}}],"
                        + " clusters: [{name: k, cluster: {server: 'https://h:1/authorize'}}],"
                        + " users: [{name: me, user: {token: t}}]}");
        var file = Files.writeString(
                dir.resolve("authz.yaml"), HEAD + authorizers.replace("FILE", kubeconfig.toString()) + "]}");
        return AuthorizationConfigFile.read(file, new ManualTime(Instant.EPOCH));
    }

    @Test
    void theChainIsAsTheFileSaysAndReadAnew() throws Exception {
        var settings = read(WEBHOOK + ", {type: Node, name: nodes}, {type: RBAC, name: rbac}");
        assertThat(settings.chain())
                .extracting(link -> link.type() + " " + link.name())
                .containsExactly("Webhook hook", "Node nodes", "RBAC rbac");
        var webhook = settings.chain().getFirst().webhook().orElseThrow();
        assertThat(webhook.server()).hasToString("https://h:1/authorize");
        assertThat(webhook.timeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(webhook.allowedFor()).isEqualTo(Duration.ZERO);
        assertThat(webhook.refusedFor()).isEqualTo(Duration.ofMinutes(1));
        assertThat(webhook.denies()).isTrue();
        assertThat(webhook.conditions()).containsExactly("request.user != 'x'");

        var source = settings.source().orElseThrow();
        Files.writeString(dir.resolve("authz.yaml"), HEAD + "{type: AlwaysDeny, name: no}]}");
        assertThat(source.chain(source.read()))
                .extracting(AuthorizationSettings.Link::type)
                .containsExactly(Type.ALWAYS_DENY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | authorizers: Required value: at least one authorization mode must be defined",
                "{name: x} | authorizers[0].type: Required value",
                "{type: ABAC, name: x} | authorizers[0].type: Unsupported value: \"ABAC\": supported values:",
                "{type: RBAC} | authorizers[0].name: Required value",
                "{type: RBAC, name: A_B} | authorizers[0].name: Invalid value: \"A_B\": authorizer name is invalid: ",
                "{type: RBAC, name: a}, {type: RBAC, name: b} | authorizers[1].type: Duplicate value: \"RBAC\"",
                "{type: RBAC, name: a}, {type: Node, name: a} | authorizers[1].name: Duplicate value: \"a\"",
                "{type: RBAC, name: a, webhook: {}} | may only be specified when type=Webhook",
                "{type: Webhook, name: a} | authorizers[0].webhook: Required value: required when type=Webhook",
                "{type: RBAC, name: a, more: 1} | unknown field \"authorizers[0].more\"",
                "{type: Webhook, name: a, webhook: {}} | authorizers[0].timeout: Required value",
                "{type: Webhook, name: a, webhook: {timeout: 31s}} | authorizers[0].timeout: Invalid value: \"31s\": must be > 0s and <= 30s",
                "{type: Webhook, name: a, webhook: {failurePolicy: Fail}} | Unsupported value: \"Fail\": supported values: \"NoOpinion\", \"Deny\"",
                "{type: Webhook, name: a, webhook: {connectionInfo: {type: InClusterConfig}}} | connectionInfo.type: Unsupported value",
                "{type: Webhook, name: a, webhook: {connectionInfo: {type: KubeConfigFile, kubeConfigFile: x}}} | must be an absolute path",
                "{type: Webhook, name: a, webhook: {matchConditions: [{expression: 'request.usr'}]}} | authorizers[0].matchConditions[0].expression: Invalid value: \"request.usr\"",
                "{type: Webhook, name: a, webhook: {matchConditions: [{expression: 'request.user'}]}} | must evaluate to bool",
            })
    void whatIsWrongIsTold(String authorizers, String complaint) {
        assertThatThrownBy(() -> read(authorizers))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("authorization-config")
                .hasMessageContaining(complaint);
    }

    @Test
    void anythingElseIsRefused() throws Exception {
        var file = Files.write(dir.resolve("x.yaml"), "a: [".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> AuthorizationConfigFile.read(file, new ManualTime(Instant.EPOCH)))
                .hasMessageContaining("is not YAML");
        assertThatThrownBy(() -> AuthorizationConfigFile.read(dir.resolve("none"), new ManualTime(Instant.EPOCH)))
                .hasMessageContaining("can't be read");
    }
}

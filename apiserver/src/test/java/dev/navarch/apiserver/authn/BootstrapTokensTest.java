package dev.navarch.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.TokenVerifier.InvalidTokenException;
import dev.navarch.apiserver.request.TokenVerifier.UnboundTokenException;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class BootstrapTokensTest {
    private static final String TOKEN = "abcdef.0123456789abcdef";

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final ObjectNode secret = Tree.object();
    private final ObjectReader objects = (_, resource, namespace, name) ->
            resource.equals("secrets") && namespace.equals("kube-system") && name.equals("bootstrap-token-abcdef")
                    ? Optional.of(secret)
                    : Optional.empty();
    private final BootstrapTokens tokens = new BootstrapTokens(objects, time, List.of("api"));

    BootstrapTokensTest() {
        secret.put("type", "bootstrap.kubernetes.io/token");
        Map.of(
                        "token-id", "abcdef",
                        "token-secret", "0123456789abcdef",
                        "expiration", "2026-01-01T01:00:00Z",
                        "usage-bootstrap-authentication", "true",
                        "auth-extra-groups", "system:bootstrappers:workers")
                .forEach(this::set);
    }

    private void set(String key, String value) {
        Tree.childObject(secret, "data")
                .put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
    }

    private void refused() {
        assertThatThrownBy(() -> tokens.verify(TOKEN, List.of())).isInstanceOf(InvalidTokenException.class);
    }

    @Test
    void aTokenIsThatOfItsSecretUntilItExpires() throws Exception {
        assertThat(tokens.verify(TOKEN, List.of()).orElseThrow().user())
                .isEqualTo(new User(
                        "system:bootstrap:abcdef", List.of("system:bootstrappers", "system:bootstrappers:workers")));
        time.advance(Duration.ofHours(1));
        refused();
    }

    @Test
    void whatIsNoSuchTokenIsForOthers() throws Exception {
        assertThat(tokens.verify("eyJhbGciOi.x.y", List.of())).isEmpty();
        assertThat(tokens.verify(TOKEN, List.of("elsewhere"))).isEmpty();
        assertThatThrownBy(() -> tokens.verify("zzzzzz.0123456789abcdef", List.of()))
                .isInstanceOf(UnboundTokenException.class);
    }

    @Test
    void aSecretThatIsNotForThisRefuses() {
        set("usage-bootstrap-authentication", "false");
        refused();
        set("usage-bootstrap-authentication", "true");
        set("token-secret", "fedcba9876543210");
        refused();
        set("token-secret", "0123456789abcdef");
        set("expiration", "tomorrow");
        refused();
        set("expiration", "");
        set("auth-extra-groups", "system:masters");
        refused();
        set("auth-extra-groups", "");
        secret.put("type", "Opaque");
        refused();
    }
}

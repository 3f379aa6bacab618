package dev.navarch.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.authz.AuthorizationSettings.Link;
import dev.navarch.apiserver.authz.AuthorizationSettings.Type;
import dev.navarch.apiserver.registry.HookServer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.Selectors;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookUser;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** A server elsewhere that is asked, and a chain that changes while it is in force. */
class WebhookAuthorizerTest {
    private static final User ANN = new User("ann", "u1", List.of("staff"), Map.of("scopes", List.of("a", "b")));
    private static final RequestInfo LIST = new RequestInfo(
            true,
            "list",
            "apps",
            "v1",
            "deployments",
            "",
            "n",
            "",
            "",
            Selectors.of("metadata.name!=x", "app in (a,b),!old,x>1"));
    private static HookServer server;

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final MemoryStore store = new MemoryStore(time);
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private ClusterAuthorizer authorizer;

    @BeforeAll
    static void serve() throws Exception {
        server = new HookServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void forget() {
        server.asked.clear();
    }

    @AfterEach
    void close() {
        authorizer.close();
        store.close();
    }

    private static void answer(String path, Consumer<ObjectNode> status) {
        server.on(path, review -> {
            status.accept(review.putObject("status"));
            return review;
        });
    }

    private static Link hook(String path, boolean denies, String... conditions) {
        return new Link(
                Type.WEBHOOK,
                "hook",
                Optional.of(new AuthorizationWebhook(
                        URI.create("https://127.0.0.1:" + server.port() + path),
                        Base64.getDecoder().decode(server.authority()),
                        new HookUser(Optional.empty(), () -> "Bearer t"),
                        "v1",
                        Duration.ofSeconds(20),
                        AuthorizationWebhook.ALLOWED_FOR,
                        AuthorizationWebhook.REFUSED_FOR,
                        denies,
                        List.of(conditions))));
    }

    private void start(Link... chain) {
        start(new AuthorizationSettings(List.of(chain), Optional.empty()));
    }

    private void start(AuthorizationSettings settings) {
        authorizer = new ClusterAuthorizer(settings, store, BootstrapPolicy.standard(), "here", time, new Random(1));
        authorizer.register(registry);
    }

    private String metrics() throws IOException {
        var out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, registry.scrape());
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void itIsToldAllAboutTheRequest() {
        answer("/all", status -> status.put("allowed", true).put("reason", "because"));
        start(hook("/all", false));
        assertThat(authorizer.authorize(ANN, LIST)).isEqualTo(Decision.allow("because"));
        var asked = server.asked.getFirst();
        assertThat(asked.authorization()).isEqualTo("Bearer t");
        var spec = asked.review().path("spec");
        assertThat(Tree.text(spec, "user")).isEqualTo("ann");
        assertThat(Tree.strings(spec, "groups")).containsExactly("staff");
        assertThat(Tree.strings(spec, "extra", "scopes")).containsExactly("a", "b");
        assertThat(spec.path("resourceAttributes").toString())
                .isEqualTo("{\"namespace\":\"n\",\"verb\":\"list\",\"group\":\"apps\",\"version\":\"v1\","
                        + "\"resource\":\"deployments\",\"fieldSelector\":{\"requirements\":[{\"key\":\"metadata.name\","
                        + "\"operator\":\"NotIn\",\"values\":[\"x\"]}]},\"labelSelector\":{\"requirements\":["
                        + "{\"key\":\"app\",\"operator\":\"In\",\"values\":[\"a\",\"b\"]},"
                        + "{\"key\":\"old\",\"operator\":\"DoesNotExist\"}]}}");
    }

    @Test
    void answersAreRememberedForAWhile() {
        answer("/yes", status -> status.put("allowed", true));
        answer("/no", status -> status.put("allowed", false));
        start(hook("/yes", false));
        authorizer.authorize(ANN, LIST);
        time.advance(Duration.ofSeconds(299));
        authorizer.authorize(ANN, LIST);
        assertThat(server.asked).hasSize(1);
        authorizer.authorize(ANN, LIST.withVerb("watch"));
        assertThat(server.asked).hasSize(2);
        time.advance(Duration.ofSeconds(2));
        authorizer.authorize(ANN, LIST);
        assertThat(server.asked).hasSize(3);
        authorizer.close();

        authorizer = new ClusterAuthorizer(
                new AuthorizationSettings(List.of(hook("/no", false)), Optional.empty()),
                store,
                BootstrapPolicy.standard(),
                "here",
                time,
                new Random(1));
        authorizer.authorize(ANN, LIST);
        time.advance(Duration.ofSeconds(29));
        authorizer.authorize(ANN, LIST);
        assertThat(server.asked).hasSize(4);
        time.advance(Duration.ofSeconds(2));
        authorizer.authorize(ANN, LIST);
        assertThat(server.asked).hasSize(5);
    }

    @Test
    void itCanDenyWhatOthersWouldAllow() throws Exception {
        answer("/deny", status -> status.put("denied", true).put("reason", "no"));
        answer("/both", status -> status.put("denied", true).put("allowed", true));
        start(hook("/deny", false), new Link(Type.ALWAYS_ALLOW, "all"));
        assertThat(authorizer.authorize(ANN, LIST)).isEqualTo(Decision.deny("no"));
        assertThat(authorizer
                        .authorize(new User("root", List.of(User.MASTERS)), LIST)
                        .allowed())
                .isTrue();
        assertThat(metrics())
                .contains(
                        "apiserver_authorization_decisions_total{decision=\"denied\",name=\"hook\",type=\"Webhook\"} 1.0")
                .contains("apiserver_authorization_webhook_evaluations_total{name=\"hook\",result=\"success\"} 1.0");
        authorizer.close();
        start2(hook("/both", false));
        assertThat(authorizer.authorize(ANN, LIST).outcome()).isEqualTo(Decision.Outcome.DENY);
        assertThat(authorizer.authorize(ANN, LIST).evaluationError())
                .isEqualTo("webhook subject access review returned both allow and deny response");
    }

    private void start2(Link... chain) {
        authorizer = new ClusterAuthorizer(
                new AuthorizationSettings(List.of(chain), Optional.empty()),
                store,
                BootstrapPolicy.standard(),
                "here",
                time,
                new Random(1));
    }

    @Test
    void whatCannotBeAnsweredIsLeftToOthersOrDenied() throws Exception {
        start(hook("/nowhere", false), new Link(Type.ALWAYS_ALLOW, "all"));
        assertThat(authorizer.authorize(ANN, LIST).allowed()).isTrue();
        assertThat(metrics())
                .contains(
                        "apiserver_authorization_webhook_evaluations_fail_open_total{name=\"hook\",result=\"error\"} 1.0");
        authorizer.close();
        start2(hook("/nowhere", true), new Link(Type.ALWAYS_ALLOW, "all"));
        var decision = authorizer.authorize(ANN, LIST);
        assertThat(decision.outcome()).isEqualTo(Decision.Outcome.DENY);
        assertThat(decision.evaluationError()).contains("could not find the requested resource");
    }

    @Test
    void conditionsSayWhetherItIsAsked() throws Exception {
        answer("/some", status -> status.put("denied", true));
        start(hook(
                "/some",
                false,
                "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'n'",
                "!('system:serviceaccounts' in request.groups) && request.uid == 'u1'",
                "request.resourceAttributes.labelSelector.requirements[0].key == 'app'"));
        assertThat(authorizer.authorize(ANN, LIST).outcome()).isEqualTo(Decision.Outcome.DENY);
        assertThat(authorizer
                        .authorize(new User("sa", List.of("system:serviceaccounts")), LIST)
                        .outcome())
                .isEqualTo(Decision.Outcome.NO_OPINION);
        assertThat(authorizer
                        .authorize(ANN, RequestInfo.nonResource("get", "/x"))
                        .outcome())
                .isEqualTo(Decision.Outcome.NO_OPINION);
        assertThat(server.asked).hasSize(1);
        assertThat(metrics())
                .contains(
                        "apiserver_authorization_match_condition_exclusions_total{name=\"hook\",type=\"Webhook\"} 2.0");
        authorizer.close();

        start2(hook("/some", true, "request.resourceAttributes.fieldSelector.rawSelector == 'x'"));
        var failed = authorizer.authorize(ANN, LIST);
        assertThat(failed.outcome()).isEqualTo(Decision.Outcome.DENY);
        assertThat(failed.evaluationError()).startsWith("cel evaluation error: expression 'request.");
    }

    @Test
    void nobodyKnowsAllThatAWebhookAllows() {
        start(hook("/any", false), new Link(Type.ALWAYS_ALLOW, "all"));
        var chain = new AuthorizerChain(List.of(AuthorizerChain.Part.of(
                FixedAuthorizer.ALLOW, new AuthorizationMetrics().of(new Link(Type.ALWAYS_ALLOW, "all")))));
        assertThat(chain.rules(ANN, "n").incomplete()).isFalse();
        assertThat(authorizer.mayBlock()).isTrue();
        assertThat(authorizer.rules(ANN, "n").incomplete()).isTrue();
        assertThat(authorizer.rules(ANN, "n").error())
                .isEqualTo("webhook authorizer does not support user rule resolution");
    }

    /** A file that a test writes. */
    private static final class Text implements AuthorizationSettings.Source {
        volatile String text = "ALWAYS_DENY";

        @Override
        public byte[] read() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public List<Link> chain(byte[] text) {
            return List.of(new Link(Type.valueOf(new String(text, StandardCharsets.UTF_8)), "only"));
        }
    }

    @Test
    void aChangedFileChangesTheChainAndAWrongOneDoesNot() throws Exception {
        var file = new Text();
        start(AuthorizationSettings.from(file));
        assertThat(authorizer.authorize(ANN, LIST).reason()).isEqualTo("Everything is forbidden.");
        file.text = "ALWAYS_ALLOW";
        time.advance(Duration.ofSeconds(5));
        assertThat(authorizer.authorize(ANN, LIST).allowed()).isTrue();
        file.text = "SOMETHING";
        time.advance(Duration.ofSeconds(5));
        file.text = "NODE";
        time.advance(Duration.ofSeconds(5));
        assertThat(authorizer.authorize(ANN, LIST).allowed()).isTrue();
        assertThat(metrics())
                .containsPattern(
                        "automatic_reloads_total\\{apiserver_id_hash=\"sha256:[0-9a-f]{64}\",status=\"failure\"} 2.0")
                .containsPattern(
                        "automatic_reloads_total\\{apiserver_id_hash=\"sha256:[0-9a-f]{64}\",status=\"success\"} 1.0");
    }
}

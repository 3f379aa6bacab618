package dev.navarch.apiserver.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.RequestInfoParser;
import dev.navarch.apiserver.request.User;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditPolicyTest {
    private static final User TIM = new User("tim", List.of("humans", "system:authenticated"));

    private static AuditPolicy policy(String rules) {
        return AuditPolicy.parse("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [" + rules + "]}");
    }

    private static RequestInfo get(String path) {
        return RequestInfoParser.parse("GET", path, Query.EMPTY);
    }

    /** Source of the cases: k8s.io/apiserver pkg/audit/policy/checker_test.go. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{level: Metadata} | /api/v1/pods | Metadata",
                "{level: Metadata, users: [tim]} | /metrics | Metadata",
                "{level: Metadata, users: [other]} | /metrics | None",
                "{level: Request, userGroups: [humans]} | /metrics | Request",
                "{level: Request, userGroups: [robots]} | /metrics | None",
                "{level: Request, verbs: [get]} | /api/v1/namespaces/a/pods/b | Request",
                "{level: Request, verbs: [list]} | /api/v1/namespaces/a/pods/b | None",
                "{level: Request, namespaces: [a]} | /api/v1/namespaces/a/pods/b | Request",
                "{level: Request, namespaces: ['']} | /api/v1/nodes/n | Request",
                "{level: Request, namespaces: [a]} | /api/v1/nodes/n | None",
                "{level: Request, namespaces: [a]} | /healthz | None",
                "{level: Request, resources: [{group: '', resources: [pods]}]} | /api/v1/namespaces/a/pods/b | Request",
                "{level: Request, resources: [{group: '', resources: [pods]}]} | /api/v1/namespaces/a/pods/b/log | None",
                "{level: Request, resources: [{group: '', resources: [pods/log]}]} | /api/v1/namespaces/a/pods/b/log | Request",
                "{level: Request, resources: [{group: '', resources: ['pods/*']}]} | /api/v1/namespaces/a/pods/b/log | Request",
                "{level: Request, resources: [{group: '', resources: ['*/log']}]} | /api/v1/namespaces/a/pods/b/log | Request",
                "{level: Request, resources: [{group: '', resources: ['*/log']}]} | /api/v1/namespaces/a/pods/b | None",
                "{level: Request, resources: [{group: '', resources: ['*']}]} | /api/v1/namespaces/a/pods/b/log | Request",
                "{level: Request, resources: [{group: apps}]} | /apis/apps/v1/deployments | Request",
                "{level: Request, resources: [{group: '*'}]} | /apis/apps/v1/deployments | Request",
                "{level: Request, resources: [{group: apps}]} | /api/v1/pods | None",
                "{level: Request, resources: [{resources: [pods], resourceNames: [b]}]} | /api/v1/namespaces/a/pods/b | Request",
                "{level: Request, resources: [{resources: [pods], resourceNames: [c]}]} | /api/v1/namespaces/a/pods/b | None",
                "{level: Metadata, nonResourceURLs: ['/metrics']} | /metrics | Metadata",
                "{level: Metadata, nonResourceURLs: ['/logs*']} | /logs/a | Metadata",
                "{level: Metadata, nonResourceURLs: ['*']} | /healthz | Metadata",
                "{level: Metadata, nonResourceURLs: ['*']} | /api/v1/pods | None",
                "{level: None, users: [tim]}, {level: RequestResponse} | /metrics | None",
                "{level: None, users: [other]}, {level: RequestResponse} | /metrics | RequestResponse",
            })
    void theFirstRuleThatFitsDecides(String rules, String path, String level) {
        assertThat(policy(rules).of(TIM, get(path)).level()).hasToString(level);
    }

    @Test
    void rulesAboutUsersDontFitNobody() {
        assertThat(policy("{level: Metadata, userGroups: ['system:unauthenticated']}")
                        .of(null, get("/metrics"))
                        .level())
                .isEqualTo(AuditLevel.NONE);
        assertThat(policy("{level: Metadata}").of(null, get("/metrics")).level())
                .isEqualTo(AuditLevel.METADATA);
    }

    @Test
    void stagesOfPolicyAndRuleAreOmittedAndARuleDecidesOnManagedFields() {
        var policy = AuditPolicy.parse("""
                apiVersion: audit.k8s.io/v1
                kind: Policy
                metadata: {name: mine}
                omitStages: [RequestReceived]
                omitManagedFields: true
                rules:
                - {level: Metadata, omitStages: [Panic], users: [tim]}
                - {level: Request, omitManagedFields: false}
                """);
        var first = policy.of(TIM, get("/metrics"));
        assertThat(first.omitted()).containsExactlyInAnyOrder(AuditStage.REQUEST_RECEIVED, AuditStage.PANIC);
        assertThat(first.omitManagedFields()).isTrue();
        assertThat(policy.of(User.ANONYMOUS, get("/metrics")).omitManagedFields())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | rules[0].level: Required value",
                "{level: Much} | rules[0].level: Unsupported value: \"Much\": supported values: \"None\", \"Metadata\", \"Request\", \"RequestResponse\"",
                "{level: None, nonResourceURLs: [logs]} | rules[0].nonResourceURLs[0]: Invalid value: \"logs\": non-resource URL rules must begin with a '/' character",
                "{level: None, nonResourceURLs: ['/*/a']} | rules[0].nonResourceURLs[0]: Invalid value: \"/*/a\": non-resource URL wildcards '*' must be the final character of the rule",
                "{level: None, resources: [{resourceNames: [a]}]} | rules[0].resources.resourceNames: Invalid value: [\"a\"]: using resourceNames requires at least one resource",
                "{level: None, namespaces: [a], nonResourceURLs: ['*']} | rules cannot apply to both regular resources and non-resource URLs",
                "{level: None, omitStages: [Never]} | allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic",
                "{level: None, verb: get} | strict decoding error: unknown field \"rules[0].verb\"",
                "much | rules[0] must be an object",
            })
    void aWrongPolicySaysWhatIsWrong(String rules, String why) {
        assertThatThrownBy(() -> policy(rules)).hasMessageContaining(why);
    }

    /** The page tells the usual policy as a file that would say the same. */
    @Test
    void theUsualPolicyIsTheOneInTheDocumentation() throws Exception {
        var page = Files.readString(Path.of("..", "docs", "security.md"));
        var blocks = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(page)
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains("kind: Policy"))
                .toList();
        assertThat(blocks).hasSize(1);
        assertThat(AuditPolicy.parse(blocks.getFirst())).isEqualTo(AuditPolicy.USUAL);
    }

    @Test
    void aPolicyHasRulesAndItsKind() {
        assertThatThrownBy(() -> policy("")).hasMessage("loaded illegal policy with 0 rules");
        assertThatThrownBy(() -> AuditPolicy.parse("{apiVersion: audit.k8s.io/v1beta1, kind: Policy}"))
                .hasMessageContaining("no kind \"Policy\" is registered for version \"audit.k8s.io/v1beta1\"");
    }
}

package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class PolicyStatusesTest {
    private static final String PATH = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/";

    private final TestApi api = new TestApi();
    private final PolicyFixture policies = new PolicyFixture(api);

    @AfterEach
    void close() {
        api.close();
    }

    /** The warnings, once the policy was looked at. */
    private JsonNode checked(String name, String resources, String rest) {
        try (var events =
                api.watch(PATH.substring(0, PATH.length() - 1) + "?watch=true&fieldSelector=metadata.name=" + name)) {
            policies.policy(
                    "Validating",
                    name,
                    "matchConstraints: {resourceRules: [{apiGroups: [apps, ''], apiVersions: [v1], operations: [CREATE],"
                            + " resources: [" + resources + "]}]}\n" + rest);
            while (true) {
                var object = Tree.at(events.next(), "object");
                if (Tree.has(object, "status", "typeChecking")) {
                    assertThat(Tree.number(object, 0, "status", "observedGeneration"))
                            .isEqualTo(1);
                    return Tree.at(object, "status", "typeChecking", "expressionWarnings");
                }
            }
        }
    }

    @Test
    void expressionsThatFitHaveNoWarnings() {
        assertThat(checked("fits", "deployments", """
                        variables: [{name: containers, expression: "object.spec.template.spec.containers"}]
                        validations:
                        - expression: "object.spec.replicas > 1 && oldObject.metadata.labels['a'] == 'b'"
                        - expression: "variables.containers.all(c, c.resources.limits['cpu'] == '1' && c.ports[0].containerPort > 80)"
                          messageExpression: "'got ' + string(object.spec.replicas) + object.metadata.name"
                        """)).isEmpty();
    }

    @Test
    void thoseThatDoNotAreNamed() {
        var warnings = checked("confused", "deployments, replicasets/scale", """
                validations:
                - expression: "object.spec.replicas > '1'"
                  messageExpression: "'wants replicas > 1, got ' + object.spec.replicas"
                - expression: "object.spec.nothing == 1"
                """);
        assertThat(warnings).hasSize(3);
        assertThat(Tree.text(warnings.get(0), "fieldRef")).isEqualTo("spec.validations[0].expression");
        assertThat(Tree.text(warnings.get(0), "warning"))
                .startsWith(
                        "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to"
                                + " '(int, string)'")
                .contains("\n | object.spec.replicas > '1'\n | .....................^");
        assertThat(Tree.text(warnings.get(1), "fieldRef")).isEqualTo("spec.validations[0].messageExpression");
        assertThat(Tree.text(warnings.get(1), "warning"))
                .contains("found no matching overload for '_+_' applied to '(string, int)'");
        assertThat(Tree.text(warnings.get(2), "warning")).contains("undefined field 'nothing'");
    }

    @Test
    void everyKindThatTheRulesNameCounts() {
        var warnings = checked("several", "deployments, configmaps", """
                validations: [{expression: "object.spec.replicas > 1"}]
                """);
        assertThat(warnings).hasSize(1);
        assertThat(Tree.text(warnings.get(0), "warning"))
                .startsWith("/v1, Kind=ConfigMap: ERROR")
                .doesNotContain("Deployment");
    }

    @Test
    void parametersHaveTypesToo() {
        var warnings = checked("parameterised", "configmaps", """
                paramKind: {apiVersion: v1, kind: ConfigMap}
                validations: [{expression: "params.data.x == 1"}, {expression: "params.data.x == 'a'"}]
                """);
        assertThat(warnings).hasSize(1);
        assertThat(Tree.text(warnings.get(0), "fieldRef")).isEqualTo("spec.validations[0].expression");
    }
}

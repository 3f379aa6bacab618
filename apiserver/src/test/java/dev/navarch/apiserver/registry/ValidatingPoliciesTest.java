package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.PolicyFixture.MAPS;
import static dev.navarch.apiserver.registry.PolicyFixture.ON_MAPS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.AuditAnnotations;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.User;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidatingPoliciesTest {
    private final TestApi api = new TestApi();
    private final PolicyFixture policies = new PolicyFixture(api);

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void aWriteThatAPolicyRefusesIsAnsweredInUpstreamsWords() {
        policies.validating("small", "validations: [{expression: 'object.data.size() < 2', message: too much}]");
        policies.map("a", "{x: '1'}").expect(201);
        var refused = policies.map("b", "{x: '1', y: '2'}").expect(422);
        var why = "ValidatingAdmissionPolicy 'small' with binding 'small-binding' denied request: too much";
        assertThat(refused.message()).isEqualTo("configmaps \"b\" is forbidden: " + why);
        assertThat(refused.reason()).isEqualTo("Invalid");
        assertThat(refused.text("details"))
                .isEqualTo("{\"name\":\"b\",\"kind\":\"configmaps\",\"causes\":[{\"message\":\"" + why + "\"}]}");
        api.get(MAPS + "/b").expect(404);
    }

    @ParameterizedTest
    @CsvSource({"Forbidden,403", "Unauthorized,401", "RequestEntityTooLarge,413", "Invalid,422"})
    void reasonsHaveTheirCodes(String reason, int code) {
        policies.validating("never", "validations: [{expression: 'false', reason: " + reason + "}]");
        var refused = policies.map("a", "{}").expect(code);
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(refused.message()).endsWith("denied request: failed expression: false");
    }

    @Test
    void messagesAreExpressionsTooUnlessTheyFail() {
        policies.validating("said", """
                validations:
                - expression: "!has(object.data.x)"
                  messageExpression: "'x is ' + object.data.x"
                - expression: "!has(object.data.z)"
                  messageExpression: "object.data.nothing + 'z'"
                  message: "  no z "
                """);
        assertThat(policies.map("a", "{x: one}").message()).endsWith("denied request: x is one");
        assertThat(policies.map("a", "{z: one}").message()).endsWith("denied request: no z");
    }

    @Test
    void variablesBuildOnEachOther() {
        policies.validating("variables", """
                variables:
                - {name: sizes, expression: "object.data.map(k, object.data[k].size())"}
                - {name: total, expression: "variables.sizes.sum()"}
                validations:
                - expression: "variables.total <= 5"
                  messageExpression: "'%d is more than 5'.format([variables.total])"
                """);
        policies.map("a", "{x: abc, y: ab}").expect(201);
        assertThat(policies.map("b", "{x: abc, y: abc}").expect(422).message()).endsWith("6 is more than 5");
    }

    @Test
    void matchConditionsComeFirst() {
        policies.validating("conditional", """
                matchConditions:
                - {name: not-exempt, expression: "object.metadata.name != 'exempt'"}
                - {name: creates, expression: "request.operation == 'CREATE' && request.resource.resource == 'configmaps'"}
                validations: [{expression: "false"}]
                """);
        policies.map("exempt", "{}").expect(201);
        policies.map("other", "{}").expect(422);
        api.mergePatch(MAPS + "/exempt", "{\"data\":{\"x\":\"y\"}}").expect(200);
    }

    @Test
    void whatCannotBeEvaluatedFailsAsThePolicySays() {
        policies.validating("fails", "validations: [{expression: \"object.data.x == 'y'\"}]");
        assertThat(policies.map("a", "{}").expect(422).message())
                .endsWith("denied request: expression 'object.data.x == 'y'' resulted in error: no such key: x");
        api.delete("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/fails", "")
                .expect(200);
        policies.map("a", "{}").expect(201);
        policies.policy(
                "Validating",
                "passes",
                "{failurePolicy: Ignore, matchConstraints: " + ON_MAPS
                        + ", validations: [{expression: \"object.data.x == 'y'\"}]}");
        policies.bind("Validating", "passes", "passes", "validationActions: [Deny]");
        policies.map("b", "{}").expect(201);
        policies.map("c", "{x: z}").expect(422);
    }

    @Test
    void aPolicyWarnsOrTellsTheAuditLogInstead() {
        policies.policy(
                "Validating",
                "never",
                "{matchConstraints: " + ON_MAPS
                        + ", validations: [{expression: 'true'}, {expression: 'false', message: never}],"
                        + " auditAnnotations: [{key: size, valueExpression: \"string(object.data.size())\"},"
                        + " {key: none, valueExpression: 'null'}]}");
        policies.bind("Validating", "soft", "never", "validationActions: [Warn, Audit]");
        var audit = new AuditAnnotations();
        var answer = ScopedValue.where(AuditAnnotations.CURRENT, audit)
                .call(() -> policies.map("a", "{x: z}"))
                .expect(201);
        assertThat(answer.headers().first("Warning"))
                .contains(
                        "299 - \"Validation failed for ValidatingAdmissionPolicy 'never' with binding 'soft': never\"");
        assertThat(audit.all())
                .containsOnlyKeys("validation.policy.admission.k8s.io/validation_failure", "never/size")
                .containsEntry("never/size", "1")
                .containsEntry(
                        "validation.policy.admission.k8s.io/validation_failure",
                        "[{\"message\":\"never\",\"policy\":\"never\",\"binding\":\"soft\",\"expressionIndex\":1,"
                                + "\"validationActions\":[\"Warn\",\"Audit\"]}]");
    }

    @Test
    void deletionsHaveOnlyAnOldObject() {
        policies.validating(
                "keep",
                "validations: [{expression: \"has(object.metadata) || object == null && oldObject.metadata.name != 'a'\"}]");
        policies.map("a", "{}").expect(201);
        policies.map("b", "{}").expect(201);
        api.delete(MAPS + "/a", "").expect(422);
        api.delete(MAPS + "/b", "").expect(200);
    }

    @Test
    void bindingsNarrowAndRulesExclude() {
        policies.policy("Validating", "never", """
                matchConstraints:
                  resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: ['*']}]
                  excludeResourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [secrets]}]
                  objectSelector: {matchLabels: {checked: 'yes'}}
                validations: [{expression: "false"}]
                """);
        policies.bind(
                "Validating",
                "some",
                "never",
                "validationActions: [Deny]\nmatchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}");
        policies.map("unlabelled", "{}").expect(201);
        var labelled = "metadata: {name: a, labels: {checked: 'yes'}}";
        policies.yaml(MAPS, "{apiVersion: v1, kind: ConfigMap, " + labelled + "}")
                .expect(422);
        policies.yaml("/api/v1/namespaces/default/secrets", "{apiVersion: v1, kind: Secret, " + labelled + "}")
                .expect(201);
        policies.yaml(
                        "/api/v1/namespaces/kube-system/configmaps",
                        "{apiVersion: v1, kind: ConfigMap, " + labelled + "}")
                .expect(201);
    }

    @Test
    void policiesAreNotJudgedByPolicies() {
        policies.policy("Validating", "never", """
                matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}
                validations: [{expression: "false"}]
                """);
        policies.bind("Validating", "never", "never", "validationActions: [Deny]");
        policies.map("a", "{}").expect(422);
        policies.policy(
                "Validating", "other", "{matchConstraints: " + ON_MAPS + ", validations: [{expression: 'true'}]}");
        api.delete("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/never", "")
                .expect(200);
        policies.map("a", "{}").expect(201);
    }

    @Test
    void parametersComeFromObjectsOfAnyKind() {
        policies.policy("Validating", "limited", """
                paramKind: {apiVersion: v1, kind: ConfigMap}
                matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]}
                validations:
                - expression: "object.data.size() <= int(params.data.most)"
                  messageExpression: "'at most ' + params.data.most"
                """);
        policies.bind(
                "Validating",
                "named",
                "limited",
                "validationActions: [Deny]\nparamRef: {name: limit, parameterNotFoundAction: Deny}");
        var secret = "{apiVersion: v1, kind: Secret, metadata: {generateName: s}, data: {a: YQ==, b: YQ==}}";
        var secrets = "/api/v1/namespaces/default/secrets";
        assertThat(policies.yaml(secrets, secret).expect(422).message())
                .endsWith("ValidatingAdmissionPolicy 'limited' with binding 'named' denied request: failed"
                        + " to configure binding: no params found for policy binding with `Deny`"
                        + " parameterNotFoundAction");
        policies.map("limit", "{most: '1'}").expect(201);
        assertThat(policies.yaml(secrets, secret).expect(422).message()).endsWith("at most 1");
        api.mergePatch(MAPS + "/limit", "{\"data\":{\"most\":\"2\"}}").expect(200);
        policies.yaml(secrets, secret).expect(201);
    }

    @Test
    void allSelectedParametersCount() {
        policies.policy("Validating", "limited", """
                paramKind: {apiVersion: v1, kind: ConfigMap}
                matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]}
                validations: [{expression: "object.metadata.name != params.data.forbidden"}]
                """);
        policies.bind("Validating", "selected", "limited", """
                validationActions: [Deny]
                paramRef: {selector: {matchLabels: {role: limit}}, parameterNotFoundAction: Allow, namespace: kube-system}
                """);
        var secrets = "/api/v1/namespaces/default/secrets";
        policies.yaml(secrets, "{apiVersion: v1, kind: Secret, metadata: {name: a}}")
                .expect(201);
        for (var name : new String[] {"x", "w"}) {
            policies.yaml(
                            "/api/v1/namespaces/kube-system/configmaps",
                            "{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name
                                    + ", labels: {role: limit}}, data: {forbidden: " + name + "}}")
                    .expect(201);
        }
        policies.yaml(secrets, "{apiVersion: v1, kind: Secret, metadata: {name: x}}")
                .expect(422);
        policies.yaml(secrets, "{apiVersion: v1, kind: Secret, metadata: {name: w}}")
                .expect(422);
        policies.yaml(secrets, "{apiVersion: v1, kind: Secret, metadata: {name: z}}")
                .expect(201);
    }

    @Test
    void anUnknownKindOfParametersIsAFaultOfThePolicy() {
        policies.policy(
                "Validating",
                "lost",
                "{paramKind: {apiVersion: example.com/v1, kind: Limit}, matchConstraints: " + ON_MAPS
                        + ", validations: [{expression: 'params == null'}]}");
        policies.bind("Validating", "lost", "lost", "validationActions: [Deny]");
        assertThat(policies.map("a", "{}").expect(422).message())
                .endsWith("ValidatingAdmissionPolicy 'lost' denied request: failed to configure policy: failed to find"
                        + " resource referenced by paramKind: 'example.com/v1, Kind=Limit'");
    }

    @Test
    void expressionsSeeTheNamespaceAndTheUsersRights() {
        policies.validating("rights", """
                validations:
                - expression: "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'"
                - expression: "authorizer.group('').resource('pods').namespace('default').check('create').allowed()"
                - expression: "authorizer.requestResource.check('create').allowed()"
                - expression: "!authorizer.path('/secret').check('get').allowed()"
                - expression: "request.userInfo.username == 'tester' && 'system:masters' in request.userInfo.groups"
                - expression: "!request.dryRun && request.options.kind == 'CreateOptions'"
                """);
        api.authorizer = (_, info) -> info.resourceRequest() ? Decision.allow("") : Decision.noOpinion("");
        policies.map("a", "{}").expect(201);
        api.authorizer = (_, info) -> info.resource().equals("pods") ? Decision.noOpinion("") : Decision.allow("");
        assertThat(policies.map("b", "{}").expect(422).message()).contains("resource('pods')");
    }

    @Test
    void customResourcesAreParametersToo() {
        var definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        var events = api.watch(definitions + "?watch=true&fieldSelector=metadata.name=limits.example.com");
        policies.yaml(definitions, """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: limits.example.com}
                spec:
                  group: example.com
                  scope: Cluster
                  names: {plural: limits, singular: limit, kind: Limit, listKind: LimitList}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema: {openAPIV3Schema: {type: object, properties: {most: {type: integer}}}}
                """).expect(201);
        try (events) {
            while (!String.valueOf(events.next()).contains("the initial names have been accepted")) {
                // until it is served
            }
        }
        policies.policy(
                "Validating",
                "limited",
                "{paramKind: {apiVersion: example.com/v1, kind: Limit}, matchConstraints: " + ON_MAPS
                        + ", validations: [{expression: 'object.data.size() <= params.most'}]}");
        policies.bind("Validating", "global", "limited", """
                validationActions: [Deny]
                paramRef: {name: most, parameterNotFoundAction: Allow}
                """);
        var limits = "/apis/example.com/v1/limits";
        var limit = "{apiVersion: example.com/v1, kind: Limit, metadata: {name: most}, most: 1}";
        policies.yaml(limits, limit).expect(201);
        policies.map("a", "{x: z}").expect(201);
        policies.map("b", "{x: z, w: z}").expect(422);
        api.mergePatch(limits + "/most", "{\"most\":2}").expect(200);
        policies.map("b", "{x: z, w: z}").expect(201);
        api.delete(limits + "/most", "").expect(200);
        policies.map("c", "{x: z, w: z, v: z}").expect(201);
        policies.bind("Validating", "misplaced", "limited", """
                validationActions: [Deny]
                paramRef: {name: most, namespace: default, parameterNotFoundAction: Allow}
                """);
        assertThat(policies.map("d", "{}").expect(422).message())
                .endsWith("failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped"
                        + " `paramKind`");
    }

    @Test
    void nobodyLetsAPolicyReadWhatTheyMayNotReadThemselves() {
        api.user = new User("alice", List.of(User.AUTHENTICATED));
        api.authorizer =
                (_, info) -> info.verb().equals("get") && info.resource().equals("secrets")
                        ? Decision.noOpinion("")
                        : Decision.allow("");
        var onSecrets = "{paramKind: {apiVersion: v1, kind: Secret}, matchConstraints: " + ON_MAPS
                + ", validations: [{expression: 'true'}]}";
        var refused = policies.tryPolicy("Validating", "reads", onSecrets).expect(422);
        assertThat(refused.message())
                .isEqualTo(
                        "ValidatingAdmissionPolicy.admissionregistration.k8s.io \"reads\" is invalid: spec.paramKind:"
                                + " Forbidden: user &{alice  [system:authenticated] map[]} must have \"get\" permission on all"
                                + " objects of the referenced paramKind (kind=Secret, apiVersion=v1)");
        policies.tryPolicy("Validating", "reads", onSecrets.replace("Secret", "ConfigMap"))
                .expect(201);
        api.user = new User("root", List.of(User.MASTERS));
        policies.policy("Validating", "others", onSecrets);
    }

    @Test
    void anExpensivePolicyEndsWithItsBudget() {
        policies.validating("dear", """
                validations:
                - expression: "lists.range(1000).all(i, lists.range(1000).all(j, i + j >= 0))"
                """);
        assertThat(policies.map("a", "{}").expect(422).message())
                .endsWith("resulted in error: operation cancelled: actual cost limit exceeded");
        api.delete("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/dear", "")
                .expect(200);
        var most = "{expression: 'lists.range(300).all(i, lists.range(300).all(j, i + j >= 0))'}";
        policies.validating(
                "many", "validations: [" + String.join(", ", java.util.Collections.nCopies(40, most)) + "]");
        assertThat(policies.map("a", "{}").expect(422).message())
                .endsWith(
                        "validation failed due to running out of cost budget, no further validation rules will be run");
    }

    @Test
    void refusalsAreCounted() {
        var metrics = new PrometheusRegistry();
        api.registry.register(metrics);
        policies.validating("never", "validations: [{expression: 'false'}]");
        policies.map("a", "{}").expect(422);
        var shown = metrics.scrape().stream().map(Object::toString).toList();
        assertThat(metrics.scrape().stream().map(m -> m.getMetadata().getName()))
                .contains(
                        "apiserver_validating_admission_policy_check",
                        "apiserver_validating_admission_policy_check_duration_seconds");
        assertThat(shown).isNotEmpty();
    }

    @Test
    void aScaleIsJudgedAsAScale() {
        policies.yaml("/apis/apps/v1/namespaces/default/deployments", """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: d}
                spec:
                  replicas: 1
                  selector: {matchLabels: {a: b}}
                  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}
                """).expect(201);
        var scales =
                "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments/scale]}]}\n";
        policies.policy("Validating", "scales", scales + """
                validations:
                - expression: "object.kind == 'Scale' && object.apiVersion == 'autoscaling/v1'"
                - expression: "object.spec.replicas - oldObject.spec.replicas < 5"
                  messageExpression: "'from ' + string(oldObject.spec.replicas) + ' to ' + string(object.spec.replicas)"
                - expression: "request.kind.group == 'autoscaling' && request.kind.kind == 'Scale'"
                - expression: "request.resource.resource == 'deployments' && request.subResource == 'scale'"
                """);
        policies.bind("Validating", "scales", "scales", "validationActions: [Deny]");
        policies.policy("Mutating", "halves", scales + """
                reinvocationPolicy: Never
                mutations:
                - patchType: JSONPatch
                  jsonPatch: {expression: "object.spec.replicas % 2 == 1 ? [JSONPatch{op: 'replace', path: '/spec/replicas', value: object.spec.replicas + 1}] : []"}
                """);
        policies.bind("Mutating", "halves", "halves", "");
        var path = "/apis/apps/v1/namespaces/default/deployments/d/scale";
        assertThat(api.mergePatch(path, "{\"spec\":{\"replicas\":9}}")
                        .expect(422)
                        .message())
                .endsWith("denied request: from 1 to 10");
        assertThat(api.mergePatch(path, "{\"spec\":{\"replicas\":3}}")
                        .expect(200)
                        .text("spec", "replicas"))
                .isEqualTo("4");
    }

    @Test
    void equivalentVersionsAreSeenAsTheRuleNamesThem() {
        policies.policy("Validating", "scalers", """
                matchConstraints: {resourceRules: [{apiGroups: [autoscaling], apiVersions: [v1], operations: [CREATE], resources: [horizontalpodautoscalers]}]}
                validations:
                - expression: "object.apiVersion == 'autoscaling/v1' && object.spec.targetCPUUtilizationPercentage < 50"
                - expression: "request.kind.version == 'v1' && request.requestKind.version == 'v2'"
                """);
        policies.bind("Validating", "scalers", "scalers", "validationActions: [Deny]");
        var path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
        var scaler = """
                apiVersion: autoscaling/v2
                kind: HorizontalPodAutoscaler
                metadata: {name: a}
                spec:
                  maxReplicas: 2
                  scaleTargetRef: {kind: Deployment, name: a, apiVersion: apps/v1}
                  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: %d}}}]
                """;
        assertThat(policies.yaml(path, scaler.formatted(60)).expect(422).message())
                .contains("targetCPU");
        policies.yaml(path, scaler.formatted(40)).expect(201);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        validations: [{expression: "object.x +"}] | spec.validations[0].expression | compilation failed: ERROR: <input>:1:11: Syntax error: mismatched input '<EOF>'
        validations: [{expression: "'text'"}] | spec.validations[0].expression | must evaluate to bool but got string
        validations: [{expression: "object.flag"}] | spec.validations[0].expression | must evaluate to bool but got dyn
        validations: [{expression: "params.x == 1"}] | spec.validations[0].expression | undeclared reference to 'params'
        validations: [{expression: "request.nothing == 1"}] | spec.validations[0].expression | undefined field 'nothing'
        validations: [{expression: "true", messageExpression: "1"}] | spec.validations[0].messageExpression | must evaluate to string but got int
        validations: [{expression: "true", messageExpression: "string(authorizer.path('/').check('get').allowed())"}] | spec.validations[0].messageExpression | undeclared reference to 'authorizer'
        {validations: [{expression: "true"}], variables: [{name: a, expression: "variables.b"}, {name: b, expression: "1"}]} | spec.variables[0].expression | undefined field 'b'
        {validations: [{expression: "true"}], matchConditions: [{name: a, expression: "1"}]} | spec.matchConditions[0].expression | must evaluate to bool but got int
        auditAnnotations: [{key: a, valueExpression: "1"}] | spec.auditAnnotations[0].valueExpression | must evaluate to one of [string null_type] but got int
        """)
    void expressionsThatCannotBeAreRefused(String spec, String field, String complaint) {
        var more = spec.startsWith("{") ? spec.substring(1, spec.length() - 1).replace("], ", "]\n") : spec;
        var refused = policies.tryPolicy("Validating", "bad", "matchConstraints: " + ON_MAPS + "\n" + more)
                .expect(422);
        assertThat(refused.text("details", "causes")).contains(field);
        assertThat(refused.message()).contains(complaint);
    }
}

package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.CustomKind.ANYTHING;
import static dev.navarch.conformance.CustomKind.version;
import static dev.navarch.conformance.Scenario.refusal;
import static dev.navarch.conformance.Scenario.untilNoConflict;
import static dev.navarch.conformance.apimachinery.WebhookConfigurations.CREATE_CONFIG_MAPS;
import static dev.navarch.conformance.apimachinery.WebhookConfigurations.rule;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.CustomKind;
import dev.navarch.conformance.Scenario;
import dev.navarch.conformance.cli.Kubectl;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MatchCondition;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;

/** Upstream {@code test/e2e/apimachinery/webhook.go}. */
class WebhookBehaviours {
    private static final Map<String, String> UNWANTED = Map.of("webhook-e2e-test", "webhook-disallow");
    private static final Map<String, String> TO_BE_MUTATED = Map.of("mutation-start", "yes");
    private static final String UNWANTED_CONFIG_MAP = "the configmap contains unwanted key and value";

    private static final String POD = """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {webhook-e2e-test: "%s"}}
        spec:
          containers: [{name: %s, image: "registry.k8s.io/pause:3.10"}]
        """;

    private static ConfigMap create(Scenario scenario, String namespace, String name, Map<String, String> data) {
        return scenario.create(new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withData(data)
                .build());
    }

    private static ConfigMap create(Scenario scenario, Map<String, String> data) {
        return create(scenario, scenario.namespace(), scenario.unique("map"), data);
    }

    private static String denyConfigMaps(WebhookConfigurations webhooks) {
        return webhooks.hook(
                "deny-unwanted-configmap-data.k8s.io", "/configmaps", rule("CREATE, UPDATE, DELETE", "", "configmaps"));
    }

    private static String mutateConfigMaps(WebhookConfigurations webhooks, int stage, String... more) {
        return webhooks.hook(
                "adding-configmap-data-stage-" + stage + ".k8s.io", "/mutating-configmaps", CREATE_CONFIG_MAPS, more);
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny pod and configmap"
            + " creation [Conformance]")
    void denyPodsAndConfigMaps(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var skip = scenario.unique("skip-webhook-admission");
        webhooks.validating(
                webhooks.label(),
                webhooks.hook(
                        "deny-unwanted-pod-container-name-and-label.k8s.io",
                        "/pods",
                        rule("CREATE", "", "pods"),
                        "timeoutSeconds: 2"),
                denyConfigMaps(webhooks)
                        .replace(
                                "namespaceSelector: {",
                                "namespaceSelector: {matchExpressions: [{key: " + skip
                                        + ", operator: DoesNotExist}], "),
                webhooks.failing("fail-open.k8s.io", "failurePolicy: Ignore"));
        var pods = scenario.client().pods().inNamespace(scenario.namespace());
        assertThat(refusal(() -> scenario.create(
                        Pod.class, POD.formatted("disallowed-pod", "webhook-disallow", "webhook-disallow"))))
                .hasMessageContaining("the pod contains unwanted container name")
                .hasMessageContaining("the pod contains unwanted label");
        assertThat(refusal(
                        () -> scenario.create(Pod.class, POD.formatted("hanging-pod", "wait-forever", "wait-forever"))))
                .hasMessageContaining("webhook")
                .hasMessageContaining("deadline");
        assertThat(pods.withName("hanging-pod").get()).isNull();
        assertThat(refusal(() -> create(scenario, UNWANTED))).hasMessageContaining(UNWANTED_CONFIG_MAP);
        var allowed = create(scenario, Map.of("admit", "this"));
        var maps = scenario.client().configMaps().inNamespace(scenario.namespace());
        assertThat(refusal(() -> maps.resource(new ConfigMapBuilder(allowed)
                                .addToData(UNWANTED)
                                .build())
                        .update()))
                .hasMessageContaining(UNWANTED_CONFIG_MAP);
        assertThat(refusal(() -> maps.withName(allowed.getMetadata().getName())
                        .patch(Scenario.STRATEGIC, "{\"data\":{\"webhook-e2e-test\":\"webhook-disallow\"}}")))
                .hasMessageContaining(UNWANTED_CONFIG_MAP);
        var skipped = webhooks.namespace("exempted-namespace", webhooks.label(), skip);
        create(scenario, skipped.getMetadata().getName(), "disallowed-configmap", UNWANTED);
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny attaching pod"
            + " [Conformance]")
    void denyAttaching(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.validating(
                webhooks.label(),
                webhooks.hook("deny-attaching-pod.k8s.io", "/pods/attach", rule("CONNECT", "", "pods/attach")));
        scenario.create(Pod.class, POD.formatted("to-be-attached-pod", "", "container1"));
        scenario.awaitOne(
                "the pod runs",
                scenario.client().pods().inNamespace(scenario.namespace()).withName("to-be-attached-pod"),
                pod -> pod.getStatus().getPhase().equals("Running"));
        var attached = new Kubectl(scenario).run("", "attach", "to-be-attached-pod", "-i", "-c=container1");
        assertThat(attached.code()).isNotZero();
        assertThat(attached.out()).contains("attaching to pod 'to-be-attached-pod' is not allowed");
    }

    private static GenericKubernetesResource data(GenericKubernetesResource object, String value) {
        object.setAdditionalProperty("data", Map.of("webhook-e2e-test", value));
        return object;
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny custom resource"
            + " creation, update and deletion [Conformance]")
    void denyCustomResources(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario).define(version("v1", ANYTHING));
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.validating(
                webhooks.label(),
                webhooks.hook(
                        "deny-unwanted-custom-resource-data.k8s.io",
                        "/custom-resource",
                        rule("CREATE, UPDATE, DELETE", kind.group(), kind.plural())));
        assertThat(refusal(() -> kind.create("v1", "cr-instance-1", "data: {webhook-e2e-test: webhook-disallow}")))
                .hasMessageContaining("the custom resource contains unwanted data");
        kind.create("v1", "cr-instance-2", "data: {webhook-e2e-test: webhook-nondeletable}");
        var resources = kind.resources("v1");
        var instance = resources.withName("cr-instance-2");
        assertThat(refusal(() -> resources
                        .resource(data(instance.get(), "webhook-disallow"))
                        .update()))
                .hasMessageContaining("the custom resource contains unwanted data");
        assertThat(refusal(instance::delete))
                .hasMessageContaining(
                        "the custom resource cannot be deleted because it contains unwanted key and value");
        resources.resource(data(instance.get(), "webhook-allow")).update();
        instance.delete();
        scenario.awaitGone("the custom resource", instance);
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should unconditionally reject operations"
            + " on fail closed webhook [Conformance]")
    void failClosed(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.validating(webhooks.label(), webhooks.failing("fail-closed.k8s.io", "failurePolicy: Fail"));
        var refusal = refusal(() -> create(scenario, Map.of()));
        assertThat(refusal.getCode()).isEqualTo(500);
        assertThat(refusal.getStatus().getReason()).isEqualTo("InternalError");
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate configmap [Conformance]")
    void mutateInOrder(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.mutating(webhooks.label(), mutateConfigMaps(webhooks, 1), mutateConfigMaps(webhooks, 2));
        assertThat(create(scenario, TO_BE_MUTATED).getData())
                .isEqualTo(Map.of("mutation-start", "yes", "mutation-stage-1", "yes", "mutation-stage-2", "yes"));
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate pod and apply defaults"
            + " after mutation [Conformance]")
    void defaultsAfterMutation(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.mutating(
                webhooks.label(),
                webhooks.hook("adding-init-container.k8s.io", "/mutating-pods", rule("CREATE", "", "pods")));
        assertThat(scenario.create(Pod.class, POD.formatted("webhook-to-be-mutated", "", "example"))
                        .getSpec()
                        .getInitContainers())
                .singleElement()
                .satisfies(container -> {
                    assertThat(container.getName()).isEqualTo("webhook-added-init-container");
                    assertThat(container.getTerminationMessagePolicy()).isEqualTo("File");
                });
    }

    /** A configuration whose webhook concerns nothing that there is. */
    private static void liveOfAConfiguration(
            Scenario scenario, WebhookConfigurations webhooks, Class<? extends HasMetadata> type) {
        var name = scenario.unique("dummy");
        var made = webhooks.create(
                type,
                name,
                Map.of(webhooks.label(), "true"),
                webhooks.failing("dummy-webhook.k8s.io", "failurePolicy: Ignore")
                        .replace(CREATE_CONFIG_MAPS, rule("CREATE", "", "invalid")));
        assertThat(made.getMetadata().getLabels()).doesNotContainKey("added-label");
        scenario.client().resources(type).withName(name).delete();
        scenario.awaitGone(name, scenario.client().resources(type).withName(name));
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should not be able to mutate or prevent"
            + " deletion of webhook configuration objects [Conformance]")
    void configurationsAreExempt(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var configurations = "validatingwebhookconfigurations, mutatingwebhookconfigurations";
        webhooks.validating(
                webhooks.label() + "-blocking",
                webhooks.hookOfObjects(
                        "deny-webhook-configuration-deletions.k8s.io",
                        "/always-deny",
                        rule("DELETE", "admissionregistration.k8s.io", configurations)));
        webhooks.mutating(
                webhooks.label() + "-blocking",
                webhooks.hookOfObjects(
                        "add-label-to-webhook-configurations.k8s.io",
                        "/add-label",
                        rule("CREATE", "admissionregistration.k8s.io", configurations)));
        liveOfAConfiguration(scenario, webhooks, ValidatingWebhookConfiguration.class);
        liveOfAConfiguration(scenario, webhooks, MutatingWebhookConfiguration.class);
    }

    private static void mutateCustomResources(WebhookConfigurations webhooks, CustomKind kind) {
        webhooks.mutating(
                webhooks.label(),
                webhooks.hook(
                        "mutate-custom-resource-data-stage-1.k8s.io",
                        "/mutating-custom-resource",
                        rule("CREATE, UPDATE", kind.group(), kind.plural())),
                webhooks.hook(
                        "mutate-custom-resource-data-stage-2.k8s.io",
                        "/mutating-custom-resource",
                        rule("CREATE", kind.group(), kind.plural())));
    }

    private static final String CUSTOM_DATA = "data: {mutation-start: \"yes\"}";

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource"
            + " [Conformance]")
    void mutateCustomResource(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario).define(version("v1", ANYTHING));
        mutateCustomResources(new WebhookConfigurations(scenario), kind);
        assertThat(kind.create("v1", "cr-instance-1", CUSTOM_DATA).getAdditionalProperties())
                .containsEntry(
                        "data", Map.of("mutation-start", "yes", "mutation-stage-1", "yes", "mutation-stage-2", "yes"));
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with"
            + " pruning [Conformance]")
    void prunedAfterMutation(Scenario scenario) {
        var schema = "{type: object, properties: {data: {type: object, properties: {"
                + "mutation-start: {type: string}, mutation-stage-1: {type: string}}}}}";
        var kind = CustomKind.namespaced(scenario).define(version("v1", schema), version("v2", schema));
        mutateCustomResources(new WebhookConfigurations(scenario), kind);
        assertThat(kind.create("v1", "cr-instance-1", CUSTOM_DATA).getAdditionalProperties())
                .containsEntry("data", Map.of("mutation-start", "yes", "mutation-stage-1", "yes"));
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate custom resource with"
            + " different stored version [Conformance]")
    void otherStoredVersion(Scenario scenario) {
        var kind = CustomKind.namespaced(scenario).define(version("v1", ANYTHING), version("v2", ANYTHING));
        mutateCustomResources(new WebhookConfigurations(scenario), kind);
        kind.create("v1", "cr-instance-1", CUSTOM_DATA);
        kind.definition().patch(Scenario.MERGE, """
            {"spec": {"versions": [
              {"name": "v1", "storage": false, "served": true, "schema": {"openAPIV3Schema":
                {"x-kubernetes-preserve-unknown-fields": true, "type": "object"}}},
              {"name": "v2", "storage": true, "served": true, "schema": {"openAPIV3Schema":
                {"x-kubernetes-preserve-unknown-fields": true, "type": "object"}}}]}}
            """);
        var patched = kind.resources("v2")
                .withName("cr-instance-1")
                .patch(Scenario.JSON, "[{\"op\": \"add\", \"path\": \"/dummy\", \"value\": \"test\"}]");
        assertThat(patched.getAdditionalProperties())
                .containsEntry(
                        "data", Map.of("mutation-start", "yes", "mutation-stage-1", "yes", "mutation-stage-2", "yes"))
                .containsEntry("dummy", "test");
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should deny crd creation [Conformance]")
    void denyDefinitions(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.validating(
                webhooks.label(),
                webhooks.hookOfObjects(
                        "deny-crd-with-unwanted-label.k8s.io",
                        "/crd",
                        rule("CREATE", "apiextensions.k8s.io", "customresourcedefinitions")));
        var definition = CustomKind.namespaced(scenario).manifest("", version("v1", ANYTHING));
        definition.getMetadata().setLabels(Map.of(webhooks.label(), "true", "webhook-e2e-test", "webhook-disallow"));
        assertThat(refusal(() -> scenario.create(definition))).hasMessageContaining("the crd contains unwanted label");
    }

    private static void slow(WebhookConfigurations webhooks, String... more) {
        webhooks.validating(
                webhooks.label(),
                webhooks.hook(
                        "allow-configmap-with-delay-webhook.k8s.io", "/always-allow-delay", CREATE_CONFIG_MAPS, more));
    }

    /** Upstream's webhook takes five seconds. */
    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should honor timeout [Conformance]")
    void timeout(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var configuration = scenario.client()
                .admissionRegistration()
                .v1()
                .validatingWebhookConfigurations()
                .withName(webhooks.label());
        slow(webhooks, "failurePolicy: Fail", "timeoutSeconds: 1");
        var refusal = refusal(() -> create(scenario, Map.of()));
        assertThat(refusal).hasMessageContaining("/always-allow-delay?timeout=1s");
        assertThat(String.valueOf(refusal.getMessage())).containsAnyOf("context deadline exceeded", "timeout");
        configuration.delete();
        slow(webhooks, "failurePolicy: Ignore", "timeoutSeconds: 1");
        create(scenario, Map.of());
        configuration.delete();
        slow(webhooks, "failurePolicy: Fail", "timeoutSeconds: 10");
        create(scenario, Map.of());
        configuration.delete();
        slow(webhooks, "failurePolicy: Fail");
        create(scenario, Map.of());
    }

    /** Whether a config map that should not be is denied now. */
    private static boolean denied(Scenario scenario) {
        try {
            var made = create(scenario, UNWANTED);
            // It may not be deleted either, where that is asked of the webhook too.
            assertThat(made.getData()).isEqualTo(UNWANTED);
            return false;
        } catch (KubernetesClientException e) {
            assertThat(e).hasMessageContaining("denied");
            return true;
        }
    }

    private static boolean mutated(Scenario scenario) {
        return create(scenario, TO_BE_MUTATED).getData().containsKey("mutation-stage-1");
    }

    private static final String OPERATIONS =
            "[{\"op\": \"replace\", \"path\": \"/webhooks/0/rules/0/operations\", \"value\": [\"CREATE\"]}]";

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a validating webhook"
            + " should work [Conformance]")
    void changeValidating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.validating(webhooks.label(), denyConfigMaps(webhooks));
        scenario.eventually("it is denied", () -> denied(scenario));
        var configurations = scenario.client().admissionRegistration().v1().validatingWebhookConfigurations();
        untilNoConflict(() -> {
            var now = configurations.withName(webhooks.label()).get();
            now.getWebhooks().getFirst().getRules().getFirst().setOperations(List.of("UPDATE"));
            return configurations.resource(now).update();
        });
        scenario.eventually("it is not denied", () -> !denied(scenario));
        configurations.withName(webhooks.label()).patch(Scenario.JSON, OPERATIONS);
        scenario.eventually("it is denied again", () -> denied(scenario));
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] patching/updating a mutating webhook"
            + " should work [Conformance]")
    void changeMutating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.mutating(webhooks.label(), mutateConfigMaps(webhooks, 1));
        var configurations = scenario.client().admissionRegistration().v1().mutatingWebhookConfigurations();
        var now = configurations.withName(webhooks.label()).get();
        now.getWebhooks().getFirst().getRules().getFirst().setOperations(List.of("UPDATE"));
        configurations.resource(now).update();
        scenario.eventually("it is not mutated", () -> !mutated(scenario));
        configurations.withName(webhooks.label()).patch(Scenario.JSON, OPERATIONS);
        scenario.eventually("it is mutated", () -> mutated(scenario));
    }

    private static void deleteLabelled(Scenario scenario, String resource, String label) {
        scenario.http()
                .delete("/apis/admissionregistration.k8s.io/v1/" + resource + "?labelSelector=e2e-list-test-uuid%3D"
                        + label)
                .ok();
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing validating webhooks should work"
            + " [Conformance]")
    void listValidating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var labels = Map.of("e2e-list-test-uuid", webhooks.label());
        for (int i = 0; i < 10; i++) {
            webhooks.create(
                    ValidatingWebhookConfiguration.class, webhooks.label() + "-" + i, labels, denyConfigMaps(webhooks));
        }
        var labelled = scenario.client()
                .admissionRegistration()
                .v1()
                .validatingWebhookConfigurations()
                .withLabels(labels);
        assertThat(labelled.list().getItems()).hasSize(10);
        scenario.eventually("it is denied", () -> denied(scenario));
        deleteLabelled(scenario, "validatingwebhookconfigurations", webhooks.label());
        scenario.eventually("it is not denied", () -> !denied(scenario));
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] listing mutating webhooks should work"
            + " [Conformance]")
    void listMutating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var labels = Map.of("e2e-list-test-uuid", webhooks.label());
        for (int i = 0; i < 10; i++) {
            webhooks.create(
                    MutatingWebhookConfiguration.class,
                    webhooks.label() + "-" + i,
                    labels,
                    mutateConfigMaps(webhooks, 1));
        }
        var labelled = scenario.client()
                .admissionRegistration()
                .v1()
                .mutatingWebhookConfigurations()
                .withLabels(labels);
        assertThat(labelled.list().getItems()).hasSize(10);
        scenario.eventually("it is mutated", () -> mutated(scenario));
        deleteLabelled(scenario, "mutatingwebhookconfigurations", webhooks.label());
        scenario.eventually("it is not mutated", () -> !mutated(scenario));
    }

    private static MatchCondition condition(int number, String namespace) {
        return new MatchCondition("object.metadata.namespace == '" + namespace + "'", "expression-" + number);
    }

    private static String conditions(String expression) {
        return "matchConditions: [{name: expression-1, expression: \"" + expression + "\"}]";
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update"
            + " validating webhook configurations with match conditions [Conformance]")
    void conditionsOfValidating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.validating(
                webhooks.label(),
                webhooks.hook(
                        "validation-webhook-with-match-conditions.k8s.io",
                        "/always-deny",
                        CREATE_CONFIG_MAPS,
                        "matchPolicy: Equivalent",
                        conditions("object.metadata.namespace == 'production'")));
        var configurations = scenario.client().admissionRegistration().v1().validatingWebhookConfigurations();
        var now = configurations.withName(webhooks.label()).get();
        assertThat(now.getWebhooks().getFirst().getMatchConditions()).containsExactly(condition(1, "production"));
        var both = List.of(condition(1, "production"), condition(2, "staging"));
        now.getWebhooks().getFirst().setMatchConditions(both);
        configurations.resource(now).update();
        assertThat(configurations
                        .withName(webhooks.label())
                        .get()
                        .getWebhooks()
                        .getFirst()
                        .getMatchConditions())
                .isEqualTo(both);
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to create and update"
            + " mutating webhook configurations with match conditions [Conformance]")
    void conditionsOfMutating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.mutating(
                webhooks.label(),
                mutateConfigMaps(webhooks, 1, conditions("object.metadata.namespace == 'production'")));
        var configurations = scenario.client().admissionRegistration().v1().mutatingWebhookConfigurations();
        var now = configurations.withName(webhooks.label()).get();
        assertThat(now.getWebhooks().getFirst().getMatchConditions()).containsExactly(condition(1, "production"));
        var both = List.of(condition(1, "production"), condition(2, "staging"));
        now.getWebhooks().getFirst().setMatchConditions(both);
        configurations.resource(now).update();
        assertThat(configurations
                        .withName(webhooks.label())
                        .get()
                        .getWebhooks()
                        .getFirst()
                        .getMatchConditions())
                .isEqualTo(both);
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject validating webhook"
            + " configurations with invalid match conditions [Conformance]")
    void badConditionsOfValidating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var bad = webhooks.manifest(
                ValidatingWebhookConfiguration.class,
                webhooks.label(),
                Map.of(),
                webhooks.hook(
                        "invalid.k8s.io", "/always-deny", CREATE_CONFIG_MAPS, conditions("... [] bad expression")));
        assertThat(refusal(() -> scenario.create(bad))).hasMessageContaining("compilation failed");
    }

    @Behaviour("[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should reject mutating webhook"
            + " configurations with invalid match conditions [Conformance]")
    void badConditionsOfMutating(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        var bad = webhooks.manifest(
                MutatingWebhookConfiguration.class,
                webhooks.label(),
                Map.of(),
                mutateConfigMaps(webhooks, 1, conditions("... [] bad expression")));
        assertThat(refusal(() -> scenario.create(bad))).hasMessageContaining("compilation failed");
    }

    @Behaviour(
            "[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should mutate everything except 'skip-me'"
                    + " configmaps [Conformance]")
    void skipMe(Scenario scenario) {
        var webhooks = new WebhookConfigurations(scenario);
        webhooks.mutating(
                webhooks.label(), mutateConfigMaps(webhooks, 1, conditions("object.metadata.name != 'skip-me'")));
        assertThat(create(scenario, TO_BE_MUTATED).getData())
                .isEqualTo(Map.of("mutation-start", "yes", "mutation-stage-1", "yes"));
        assertThat(create(scenario, scenario.namespace(), "skip-me", TO_BE_MUTATED)
                        .getData())
                .isEqualTo(TO_BE_MUTATED);
    }
}

package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.Scenario.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.function.Predicate;

/**
 * What policies refuse and change: upstream {@code validatingadmissionpolicy.go} and {@code mutatingadmissionpolicy.go} of
 * {@code test/e2e/apimachinery}. Policies concern only the scenario's own namespace.
 */
class AdmissionPolicyBehaviours {
    private static final String POLICY = """
        apiVersion: admissionregistration.k8s.io/v1
        kind: %sAdmissionPolicy
        metadata: {name: %s}
        spec:
          matchConstraints:
            namespaceSelector: {matchLabels: {%s: "true"}}
            resourceRules:
            - {apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE, UPDATE]}
        %s
        """;

    private static final String BINDING = """
        apiVersion: admissionregistration.k8s.io/v1
        kind: %sAdmissionPolicyBinding
        metadata: {name: %s}
        spec:
          policyName: %s
          matchResources: {namespaceSelector: {matchLabels: {%s: "true"}}}
        %s
        """;

    /** The deployments are paused, so that nothing comes of them. */
    private static final String WORKLOAD = """
        apiVersion: apps/v1
        kind: %s
        metadata: {name: %s, labels: {app: nginx}}
        spec:
          replicas: %d
          selector: {matchLabels: {app: nginx}}
          template:
            metadata: {labels: {app: nginx}}
            spec: {containers: [{name: nginx, image: "nginx:latest"}]}
        """;

    /** Stores a policy and its binding, and labels the namespace so that it is subject to them. */
    private static void policy(
            Scenario scenario,
            String kind,
            Class<? extends HasMetadata> policyType,
            Class<? extends HasMetadata> bindingType,
            String rules,
            String actions) {
        var label = scenario.unique("policy");
        scenario.client()
                .namespaces()
                .withName(scenario.namespace())
                .patch(Scenario.MERGE, "{\"metadata\":{\"labels\":{\"" + label + "\":\"true\"}}}");
        var name = label + ".policy.example.com";
        scenario.create(policyType, POLICY.formatted(kind, name, label, rules.indent(2)));
        scenario.create(
                bindingType, BINDING.formatted(kind, label + ".binding.example.com", name, label, actions.indent(2)));
    }

    private static void validating(Scenario scenario, String rules) {
        policy(
                scenario,
                "Validating",
                ValidatingAdmissionPolicy.class,
                ValidatingAdmissionPolicyBinding.class,
                rules,
                "validationActions: [Deny]");
    }

    private static void mutating(Scenario scenario, String expression) {
        policy(
                scenario,
                "Mutating",
                MutatingAdmissionPolicy.class,
                MutatingAdmissionPolicyBinding.class,
                "reinvocationPolicy: Never\nmutations:\n"
                        + "- {patchType: ApplyConfiguration, applyConfiguration: {expression: '" + expression + "'}}",
                "");
    }

    private static Deployment deployment(Scenario scenario, String name, int replicas) {
        var deployment = scenario.parse(Deployment.class, WORKLOAD.formatted("Deployment", name, replicas));
        deployment.getMetadata().setNamespace(scenario.namespace());
        deployment.getSpec().setPaused(true);
        return scenario.client().resource(deployment).create();
    }

    private static void delete(Scenario scenario, HasMetadata object) {
        scenario.client().resource(object).delete();
    }

    /** Policies may take a moment: until one is refused, deployments are made. */
    private static KubernetesClientException awaitRefusal(Scenario scenario, String name, int replicas) {
        KubernetesClientException[] refused = new KubernetesClientException[1];
        scenario.eventually("a deployment is refused", () -> {
            refused[0] = refusal(() -> {
                delete(scenario, deployment(scenario, name, replicas));
                scenario.awaitGone(
                        name,
                        scenario.client()
                                .apps()
                                .deployments()
                                .inNamespace(scenario.namespace())
                                .withName(name));
            });
            return refused[0] != null;
        });
        return refused[0];
    }

    @Behaviour("[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should validate against a"
            + " Deployment [Conformance]")
    void validates(Scenario scenario) {
        validating(scenario, """
            validations:
            - expression: object.spec.replicas > 1
              messageExpression: "'wants replicas > 1, got ' + object.spec.replicas"
            """);
        var refused = awaitRefusal(scenario, "marker-deployment", 1);
        assertThat(refused.getCode()).isEqualTo(422);
        assertThat(refused.getStatus().getReason()).isEqualTo("Invalid");
        assertThat(refused.getMessage()).contains("failed expression: object.spec.replicas > 1");
        delete(scenario, deployment(scenario, "replicated", 2));
        delete(scenario, scenario.create(ReplicaSet.class, WORKLOAD.formatted("ReplicaSet", "non-replicated", 1)));
    }

    @Behaviour(
            "[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should allow expressions to refer"
                    + " variables. [Conformance]")
    void variables(Scenario scenario) {
        validating(scenario, """
            variables:
            - {name: replicas, expression: object.spec.replicas}
            - {name: oddReplicas, expression: variables.replicas % 2 == 1}
            validations:
            - expression: variables.replicas > 1
            - expression: variables.oddReplicas
            """);
        assertThat(awaitRefusal(scenario, "marker-deployment", 1).getMessage()).contains("variables.replicas > 1");
        delete(scenario, deployment(scenario, "replicated", 3));
        assertThat(refusal(() -> deployment(scenario, "even", 2)).getMessage()).contains("variables.oddReplicas");
        delete(scenario, scenario.create(ReplicaSet.class, WORKLOAD.formatted("ReplicaSet", "non-replicated", 1)));
    }

    /** Policies may take a moment: until one is changed, deployments are made. */
    private static void awaitChange(Scenario scenario, Predicate<Deployment> changed) {
        scenario.eventually("a deployment is changed", () -> {
            var made = deployment(scenario, scenario.unique("marker-deployment"), 1);
            delete(scenario, made);
            return changed.test(made);
        });
    }

    @Behaviour("[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment"
            + " [Conformance]")
    void mutates(Scenario scenario) {
        mutating(scenario, "Object{spec: Object.spec{replicas: 1337}}");
        awaitChange(scenario, made -> made.getSpec().getReplicas() == 1337);
    }

    @Behaviour("[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should mutate a Deployment with"
            + " annotations [Conformance]")
    void annotates(Scenario scenario) {
        mutating(scenario, "Object{metadata: Object.metadata{annotations: {\"mutated-by\": \"admission-policy\"}}}");
        awaitChange(
                scenario,
                made -> made.getMetadata().getAnnotations() != null
                        && "admission-policy"
                                .equals(made.getMetadata().getAnnotations().get("mutated-by")));
    }
}

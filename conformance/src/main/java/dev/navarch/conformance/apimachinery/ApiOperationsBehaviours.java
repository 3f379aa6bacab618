package dev.navarch.conformance.apimachinery;

import dev.navarch.conformance.ApiOperations;
import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Scenario;

/**
 * The API of kinds that only administrators write: upstream {@code flowcontrol.go}, {@code validatingadmissionpolicy.go}
 * and {@code mutatingadmissionpolicy.go} of {@code test/e2e/apimachinery}.
 */
class ApiOperationsBehaviours {

    @Behaviour("[sig-api-machinery] API priority and fairness should support FlowSchema API operations [Conformance]")
    void flowSchema(Scenario scenario) {
        new ApiOperations(scenario, "flowschemas", false, """
            apiVersion: flowcontrol.apiserver.k8s.io/v1
            kind: FlowSchema
            metadata: {name: NAME}
            spec:
              matchingPrecedence: 10000
              priorityLevelConfiguration: {name: global-default}
              distinguisherMethod: {type: ByUser}
              rules:
              - subjects: [{kind: User, user: {name: example-e2e-non-existent-user}}]
                nonResourceRules: [{verbs: ["*"], nonResourceURLs: ["*"]}]
            """)
                .everything()
                .status(
                        "{\"conditions\":[{\"type\":\"PatchStatusFailed\",\"status\":\"False\",\"reason\":\"e2e\"}]}",
                        "{\"conditions\":[{\"type\":\"UpdateStatusFailed\",\"status\":\"False\",\"reason\":\"e2e\"}]}");
    }

    @Behaviour("[sig-api-machinery] API priority and fairness should support PriorityLevelConfiguration API operations"
            + " [Conformance]")
    void priorityLevelConfiguration(Scenario scenario) {
        new ApiOperations(scenario, "prioritylevelconfigurations", false, """
            apiVersion: flowcontrol.apiserver.k8s.io/v1
            kind: PriorityLevelConfiguration
            metadata: {name: NAME}
            spec:
              type: Limited
              limited: {nominalConcurrencyShares: 2, limitResponse: {type: Reject}}
            """)
                .everything()
                .status(
                        "{\"conditions\":[{\"type\":\"PatchStatusFailed\",\"status\":\"False\",\"reason\":\"e2e\"}]}",
                        "{\"conditions\":[{\"type\":\"UpdateStatusFailed\",\"status\":\"False\",\"reason\":\"e2e\"}]}");
    }

    @Behaviour("[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support"
            + " ValidatingAdmissionPolicy API operations [Conformance]")
    void validatingAdmissionPolicy(Scenario scenario) {
        new ApiOperations(scenario, "validatingadmissionpolicies", false, """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: NAME}
            spec:
              failurePolicy: Ignore
              validations: [{expression: "object.spec.replicas <= 100"}]
              matchConstraints:
                namespaceSelector: {matchLabels: {none: such}}
                resourceRules:
                - {apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}
            """)
                .everything()
                .status(
                        "{\"conditions\":[{\"type\":\"StatusPatched\",\"status\":\"True\",\"reason\":\"E2E\",\"message\":\"m\",\"lastTransitionTime\":\"2024-01-01T00:00:00Z\"}]}",
                        "{\"conditions\":[{\"type\":\"StatusUpdated\",\"status\":\"True\",\"reason\":\"E2E\",\"message\":\"m\",\"lastTransitionTime\":\"2024-01-01T00:00:00Z\"}]}");
    }

    @Behaviour("[sig-api-machinery] ValidatingAdmissionPolicy [Privileged:ClusterAdmin] should support"
            + " ValidatingAdmissionPolicyBinding API operations [Conformance]")
    void validatingAdmissionPolicyBinding(Scenario scenario) {
        new ApiOperations(scenario, "validatingadmissionpolicybindings", false, """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicyBinding
            metadata: {name: NAME}
            spec: {policyName: replicalimit-policy.example.com, validationActions: [Deny]}
            """).everything();
    }

    @Behaviour("[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support"
            + " MutatingAdmissionPolicy API operations [Conformance]")
    void mutatingAdmissionPolicy(Scenario scenario) {
        new ApiOperations(scenario, "mutatingadmissionpolicies", false, """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingAdmissionPolicy
            metadata: {name: NAME}
            spec:
              failurePolicy: Ignore
              reinvocationPolicy: Never
              matchConstraints:
                namespaceSelector: {matchLabels: {none: such}}
                resourceRules:
                - {apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}
              mutations:
              - patchType: ApplyConfiguration
                applyConfiguration: {expression: "Object{spec: Object.spec{replicas: 2}}"}
            """).everything();
    }

    @Behaviour("[sig-api-machinery] MutatingAdmissionPolicy [Privileged:ClusterAdmin] should support"
            + " MutatingAdmissionPolicyBinding API operations [Conformance]")
    void mutatingAdmissionPolicyBinding(Scenario scenario) {
        new ApiOperations(scenario, "mutatingadmissionpolicybindings", false, """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingAdmissionPolicyBinding
            metadata: {name: NAME}
            spec: {policyName: policy.example.com}
            """).everything();
    }
}

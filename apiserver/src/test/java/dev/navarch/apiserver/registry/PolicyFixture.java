package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.registry.TestApi.Answer;

/** Stores policies, bindings and other things, which are written in YAML. */
final class PolicyFixture {
    private static final String GROUP = "/apis/admissionregistration.k8s.io/v1/";
    static final String ON_MAPS =
            "{resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [configmaps]}]}";
    static final String MAPS = "/api/v1/namespaces/default/configmaps";

    private final TestApi api;

    PolicyFixture(TestApi api) {
        this.api = api;
    }

    Answer yaml(String path, String body) {
        return api.post(path, body, "Content-Type", "application/yaml");
    }

    /** @param spec of the policy, in the form of a flow mapping or indented by two */
    Answer tryPolicy(String kind, String name, String spec) {
        return yaml(GROUP + kind.toLowerCase(java.util.Locale.ROOT) + "admissionpolicies", """
                apiVersion: admissionregistration.k8s.io/v1
                kind: %sAdmissionPolicy
                metadata: {name: %s}
                spec:
                %s
                """.formatted(
                        kind, name, spec.indent(2)));
    }

    void policy(String kind, String name, String spec) {
        tryPolicy(kind, name, spec).expect(201);
    }

    void bind(String kind, String name, String policy, String more) {
        yaml(GROUP + kind.toLowerCase(java.util.Locale.ROOT) + "admissionpolicybindings", """
                apiVersion: admissionregistration.k8s.io/v1
                kind: %sAdmissionPolicyBinding
                metadata: {name: %s}
                spec:
                  policyName: %s
                %s
                """.formatted(
                                kind, name, policy, more.indent(2)))
                .expect(201);
    }

    /** A validating policy on config maps, bound to deny. */
    void validating(String name, String spec) {
        policy("Validating", name, "matchConstraints: " + ON_MAPS + "\n" + spec);
        bind("Validating", name + "-binding", name, "validationActions: [Deny]");
    }

    /** A mutating policy on config maps, bound everywhere. */
    void mutating(String name, String spec) {
        policy(
                "Mutating",
                name,
                "matchConstraints: " + ON_MAPS
                        + (spec.contains("reinvocationPolicy") ? "" : "\nreinvocationPolicy: Never") + "\n" + spec);
        bind("Mutating", name + "-binding", name, "");
    }

    Answer map(String name, String data) {
        return yaml(MAPS, "{apiVersion: v1, kind: ConfigMap, metadata: {name: " + name + "}, data: " + data + "}");
    }
}

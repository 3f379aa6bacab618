package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Http;
import dev.navarch.conformance.Scenario;

/** Upstream {@code test/e2e/apimachinery/field_validation.go}, of built-in kinds. */
class FieldValidationBehaviours {
    private static final String JSON = "application/json";
    private static final String APPLY = "application/apply-patch+yaml";

    private static Http.Answer create(Scenario scenario, String body) {
        return scenario.http()
                .call(
                        "POST",
                        "/apis/apps/v1/namespaces/" + scenario.namespace() + "/deployments?fieldValidation=Strict")
                .body(JSON, body)
                .send();
    }

    private static Http.Answer apply(Scenario scenario, String name, String body) {
        return scenario.http()
                .call(
                        "PATCH",
                        "/apis/apps/v1/namespaces/" + scenario.namespace() + "/deployments/" + name
                                + "?fieldManager=field_validation_mgr&fieldValidation=Strict&force=true")
                .body(APPLY, body)
                .send();
    }

    @Behaviour(
            "[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object [Conformance]")
    void metadata(Scenario scenario) {
        var created = create(scenario, """
            {"apiVersion": "apps/v1", "kind": "Deployment",
             "metadata": {"name": "my-dep", "unknownMeta": "foo", "labels": {"app": "nginx"}},
             "spec": {"selector": {"matchLabels": {"app": "nginx"}},
              "template": {"metadata": {"labels": {"app": "nginx"}},
               "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}}}
            """);
        assertThat(created.status()).isEqualTo(400);
        assertThat(created.json().path("message").asString()).contains("unknown field \"metadata.unknownMeta\"");
        var applied = apply(scenario, "my-dep", """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: my-dep, unknownMeta: foo, labels: {app: nginx}}
            spec:
              selector: {matchLabels: {app: nginx}}
              template:
                metadata: {labels: {app: nginx}}
                spec:
                  containers: [{name: nginx, image: "nginx:latest"}]
            """);
        assertThat(applied.status()).as(applied.text()).isGreaterThanOrEqualTo(400);
        assertThat(applied.json().path("message").asString())
                .contains(".metadata.unknownMeta: field not declared in schema");
    }
}

package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.CustomKind.ANYTHING;
import static dev.navarch.conformance.CustomKind.version;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.CustomKind;
import dev.navarch.conformance.Http;
import dev.navarch.conformance.Scenario;

/** Upstream {@code test/e2e/apimachinery/field_validation.go}. */
class FieldValidationBehaviours {
    private static final String JSON = "application/json";
    private static final String APPLY = "application/apply-patch+yaml";

    /** A schema; %1$s are further fields of the spec's, %2$s further properties of it. */
    private static final String SCHEMA = """
        {type: object, properties: {spec: {type: object%1$s, properties: {%2$s
          foo: {type: string},
          cronSpec: {type: string, pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'},
          ports: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [containerPort, protocol],
            items: {type: object, required: [containerPort, protocol], properties: {
              containerPort: {type: integer, format: int32}, hostIP: {type: string},
              hostPort: {type: integer, format: int32}, name: {type: string}, protocol: {type: string}}}}}}}}
        """;

    private static CustomKind define(Scenario scenario, String schema) {
        return CustomKind.cluster(scenario).define(version("v1beta1", schema), version("v1beta2", schema));
    }

    private static Http.Answer apply(Scenario scenario, CustomKind kind, String yaml) {
        return scenario.http()
                .call(
                        "PATCH",
                        kind.path("v1beta1") + "/mytest?fieldManager=field_validation_mgr&fieldValidation=Strict")
                .body(APPLY, yaml.formatted(kind.apiVersion("v1beta1"), kind.kind()))
                .send();
    }

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

    @Behaviour("[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object"
            + " [Conformance]")
    void unknownAndDuplicate(Scenario scenario) {
        var created = create(scenario, """
            {"apiVersion": "apps/v1", "kind": "Deployment",
             "metadata": {"name": "my-dep", "labels": {"app": "nginx"}},
             "spec": {"unknownField": "foo", "replicas": 2, "replicas": 3,
              "selector": {"matchLabels": {"app": "nginx"}},
              "template": {"metadata": {"labels": {"app": "nginx"}},
               "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}}}
            """);
        assertThat(created.status()).isEqualTo(400);
        assertThat(created.json().path("message").asString())
                .contains(
                        "strict decoding error: unknown field \"spec.unknownField\", duplicate field \"spec.replicas\"");
    }

    @Behaviour("[sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema"
            + " [Conformance]")
    void validCustomResource(Scenario scenario) {
        var kind = define(scenario, SCHEMA.formatted("", ""));
        apply(scenario, kind, """
            apiVersion: %s
            kind: %s
            metadata:
              name: mytest
            spec:
              foo: foo1
              cronSpec: "* * * * */5"
              ports:
              - name: x
                containerPort: 80
                protocol: TCP
            """).ok();
    }

    @Behaviour("[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no"
            + " validation schema [Conformance]")
    void unknownFieldsWithoutASchema(Scenario scenario) {
        var kind = define(scenario, ANYTHING);
        apply(scenario, kind, """
            apiVersion: %s
            kind: %s
            metadata:
              name: mytest
            spec:
              unknown: uk1
              cronSpec: "* * * * */5"
              ports:
              - name: x
                containerPort: 80
                protocol: TCP
            """).ok();
    }

    @Behaviour(
            "[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with"
                    + " validation schema [Conformance]")
    void unknownFieldAtTheRoot(Scenario scenario) {
        var kind = define(scenario, SCHEMA.formatted("", ""));
        var answer = apply(scenario, kind, """
            apiVersion: %s
            kind: %s
            metadata:
              name: mytest
            unknownField: unknown
            spec:
              foo: foo1
              cronSpec: "* * * * */5"
            """);
        assertThat(answer.status()).isGreaterThanOrEqualTo(400);
        assertThat(answer.text()).contains(".unknownField: field not declared in schema");
    }

    @Behaviour("[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded"
            + " object of a CR [Conformance]")
    void unknownMetadataOfCustomResource(Scenario scenario) {
        var kind = define(scenario, SCHEMA.formatted(", x-kubernetes-preserve-unknown-fields: true", """
            template: {type: object, x-kubernetes-embedded-resource: true, properties: {
              metadata: {type: object, properties: {name: {type: string}}}, spec: {type: object}}},
            """));
        var answer = apply(scenario, kind, """
            apiVersion: %s
            kind: %s
            metadata:
              name: mytest
              unknownMeta: unknown
            spec:
              template:
                apiversion: foo/v1
                kind: Sub
                metadata:
                  unknownSubMeta: unknown
                  name: subobject
                  namespace: my-ns
              foo: foo1
              cronSpec: "* * * * */5"
            """);
        assertThat(answer.status()).isGreaterThanOrEqualTo(400);
        assertThat(answer.text())
                .containsAnyOf(
                        ".spec.template.metadata.unknownSubMeta: field not declared in schema",
                        ".metadata.unknownMeta: field not declared in schema");
    }

    @Behaviour("[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields"
            + " [Conformance]")
    void duplicatesOfCustomResource(Scenario scenario) {
        var kind = define(scenario, SCHEMA.formatted(", x-kubernetes-preserve-unknown-fields: true", ""));
        var answer = apply(scenario, kind, """

            apiVersion: %s
            kind: %s
            metadata:
              name: mytest
              finalizers:
              - test-finalizer
            spec:
              unknown: uk1
              foo: foo1
              foo: foo2
              cronSpec: "* * * * */5"
            """);
        assertThat(answer.status()).isGreaterThanOrEqualTo(400);
        assertThat(answer.json().path("message").asString()).contains("line 11: key \"foo\" already set in map");
    }
}

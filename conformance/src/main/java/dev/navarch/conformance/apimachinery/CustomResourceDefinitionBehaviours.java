package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.CustomKind.ANYTHING;
import static dev.navarch.conformance.CustomKind.version;
import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.CustomKind;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GroupVersionForDiscovery;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionCondition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionConditionBuilder;
import io.fabric8.kubernetes.client.Watcher.Action;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Upstream {@code test/e2e/apimachinery/custom_resource_definition.go} and {@code crd_watch.go}. */
class CustomResourceDefinitionBehaviours {

    @Behaviour("[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple"
            + " CustomResourceDefinition creating/deleting custom resource definition objects works [Conformance]")
    void createdAndDeleted(Scenario scenario) {
        var kind = CustomKind.cluster(scenario).define(version("v1", ANYTHING));
        kind.definition().delete();
        scenario.awaitGone(kind.name(), kind.definition());
    }

    @Behaviour("[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple"
            + " CustomResourceDefinition listing custom resource definition objects works [Conformance]")
    void listed(Scenario scenario) {
        var label = scenario.unique("list");
        Map<String, CustomResourceDefinition> made = new HashMap<>();
        for (int i = 0; i < 10; i++) {
            var kind = CustomKind.cluster(scenario);
            var definition = kind.manifest("", version("v1", ANYTHING));
            definition.getMetadata().setLabels(Map.of("e2e-list-test-uuid", label));
            kind.define(definition);
            made.put(kind.name(), kind.definition().get());
        }
        var other = CustomKind.cluster(scenario).define(version("v1", ANYTHING));
        var labelled = scenario.client()
                .apiextensions()
                .v1()
                .customResourceDefinitions()
                .withLabel("e2e-list-test-uuid", label);
        assertThat(labelled.list().getItems())
                .hasSize(10)
                .allSatisfy(found -> assertThat(found.getSpec())
                        .isEqualTo(made.get(found.getMetadata().getName()).getSpec()));
        scenario.http()
                .delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions?labelSelector=e2e-list-test-uuid%3D"
                        + label)
                .ok();
        scenario.awaitGone("what has the label", labelled);
        assertThat(other.definition().get()).isNotNull();
    }

    @Behaviour("[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple"
            + " CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works"
            + " [Conformance]")
    void status(Scenario scenario) {
        var kind = CustomKind.cluster(scenario).define(version("v1", ANYTHING));
        var path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + kind.name() + "/status";
        var spec = kind.definition().get().getSpec();
        var updated = untilNoConflict(() -> {
            var now = scenario.http().get(path).ok().as(CustomResourceDefinition.class);
            assertThat(now.getSpec()).isEqualTo(spec);
            List<CustomResourceDefinitionCondition> conditions =
                    new ArrayList<>(now.getStatus().getConditions());
            conditions.add(new CustomResourceDefinitionConditionBuilder()
                    .withType("")
                    .withStatus("")
                    .withMessage("updated")
                    .build());
            now.getStatus().setConditions(conditions);
            return scenario.client().resource(now).updateStatus();
        });
        assertThat(updated.getStatus().getConditions())
                .extracting(CustomResourceDefinitionCondition::getMessage)
                .contains("updated");
        var patched = kind.definition()
                .subresource("status")
                .patch(
                        Scenario.JSON,
                        "[{\"op\":\"add\",\"path\":\"/status/conditions\",\"value\":[{\"message\":\"patched\"}]}]");
        assertThat(patched.getStatus().getConditions())
                .extracting(CustomResourceDefinitionCondition::getMessage)
                .contains("patched");
    }

    @Behaviour("[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom"
            + " resource definition resources in discovery documents [Conformance]")
    void discovered(Scenario scenario) {
        var group = "apiextensions.k8s.io";
        assertThat(scenario.client().getApiGroups().getGroups())
                .filteredOn(found -> found.getName().equals(group))
                .singleElement()
                .satisfies(found -> assertThat(found.getVersions())
                        .extracting(GroupVersionForDiscovery::getVersion)
                        .contains("v1"));
        assertThat(scenario.client().getApiGroup(group).getVersions())
                .extracting(GroupVersionForDiscovery::getVersion)
                .contains("v1");
        var resources = scenario.client().getApiResources(group + "/v1");
        assertThat(resources.getGroupVersion()).isEqualTo(group + "/v1");
        assertThat(resources.getResources()).extracting(APIResource::getName).contains("customresourcedefinitions");
    }

    @Behaviour("[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource"
            + " defaulting for requests and from storage works [Conformance]")
    void defaults(Scenario scenario) {
        var kind = CustomKind.cluster(scenario)
                .define(version("v1", "{type: object, properties: {a: {type: string}, b: {type: string}}}"));
        var resources = kind.resources("v1");
        kind.create("v1", "cr-1", "");
        var properties = "/spec/versions/0/schema/openAPIV3Schema/properties";
        kind.definition()
                .patch(Scenario.JSON, "[{\"op\":\"add\",\"path\":\"" + properties + "/a/default\",\"value\":\"A\"}]");
        scenario.eventually(
                "a is A", () -> "A".equals(value(resources.withName("cr-1").get(), "a")));
        var second = kind.create("v1", "cr-2", "");
        assertThat(value(second, "a")).isEqualTo("A");
        kind.definition().patch(Scenario.JSON, """
            [{"op":"remove","path":"%1$s/a/default"},
             {"op":"add","path":"%1$s/b/default","value":"B"}]
            """.formatted(properties));
        scenario.eventually(
                "b is B", () -> "B".equals(value(resources.withName("cr-2").get(), "b")));
        assertThat(value(resources.withName("cr-2").get(), "a")).isEqualTo("A");
        assertThat(value(resources.withName("cr-1").get(), "a")).isNull();
    }

    private static Object value(GenericKubernetesResource object, String field) {
        return object.getAdditionalProperties().get(field);
    }

    @Behaviour("[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition"
            + " Watch watch on custom resource definition objects [Conformance]")
    void watched(Scenario scenario) {
        var kind = CustomKind.cluster(scenario).define(version("v1", ANYTHING));
        var resources = kind.resources("v1");
        try (var first = Events.of(resources.withField("metadata.name", "name1"));
                var second = Events.of(resources.withField("metadata.name", "name2"))) {
            for (var name : List.of("name1", "name2")) {
                var events = name.equals("name1") ? first : second;
                var made = kind.create("v1", name, "");
                assertThat(made.getMetadata().getUid()).isNotEmpty();
                assertThat(made.getApiVersion()).isEqualTo(kind.apiVersion("v1"));
                assertThat(made.getKind()).isEqualTo(kind.kind());
                assertThat(events.next().object().getMetadata().getUid())
                        .isEqualTo(made.getMetadata().getUid());
            }
            for (var name : List.of("name1", "name2")) {
                resources
                        .withName(name)
                        .patch(Scenario.JSON, "[{\"op\":\"add\",\"path\":\"/dummy\",\"value\":\"test\"}]");
                assertThat((name.equals("name1") ? first : second).next().action())
                        .isEqualTo(Action.MODIFIED);
            }
            for (var name : List.of("name1", "name2")) {
                resources.withName(name).delete();
                assertThat((name.equals("name1") ? first : second).next().action())
                        .isEqualTo(Action.DELETED);
            }
            assertThat(first.quiet()).isTrue();
            assertThat(second.quiet()).isTrue();
        }
    }
}

package dev.navarch.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * What upstream's behaviours "should support X API operations" and "should run through the lifecycle of X" have in
 * common: a kind is discovered, and its objects are created, got, listed, watched, patched, updated and deleted, one and
 * all, with their status.
 */
public final class ApiOperations {
    private static final String LABEL = "special-label";

    private final Scenario scenario;
    private final String apiVersion;
    private final String plural;
    private final boolean namespaced;
    private final String manifest;
    private final String label;
    private final NonNamespaceOperation<
                    GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>>
            resources;

    /**
     * @param plural the kind's resource
     * @param manifest an object; {@code NAME} stands for its name
     */
    public ApiOperations(Scenario scenario, String plural, boolean namespaced, String manifest) {
        this.scenario = scenario;
        this.plural = plural;
        this.namespaced = namespaced;
        this.manifest = manifest;
        label = scenario.unique(plural);
        var example = object("example");
        apiVersion = example.getApiVersion();
        int slash = apiVersion.indexOf('/');
        var context = new ResourceDefinitionContext.Builder()
                .withGroup(slash < 0 ? "" : apiVersion.substring(0, slash))
                .withVersion(apiVersion.substring(slash + 1))
                .withKind(example.getKind())
                .withPlural(plural)
                .withNamespaced(namespaced)
                .build();
        var all = scenario.client().genericKubernetesResources(context);
        resources = namespaced ? all.inNamespace(scenario.namespace()) : all;
        scenario.afterwards(() -> deleteCollection());
    }

    /** An object of the manifest, with the label by which this finds its own. */
    public GenericKubernetesResource object(String name) {
        var object = scenario.parse(GenericKubernetesResource.class, manifest.replace("NAME", name));
        var labels = object.getMetadata().getLabels();
        var all = new java.util.LinkedHashMap<String, String>(labels == null ? java.util.Map.of() : labels);
        all.put(LABEL, label);
        object.getMetadata().setLabels(all);
        return object;
    }

    public GenericKubernetesResource create(String name) {
        return resources.resource(object(name)).create();
    }

    public Resource<GenericKubernetesResource> named(GenericKubernetesResource object) {
        return resources.withName(object.getMetadata().getName());
    }

    public List<GenericKubernetesResource> list() {
        return resources.withLabel(LABEL, label).list().getItems();
    }

    /** Everything but the status. */
    public ApiOperations everything() {
        discovered();
        var prefix = scenario.unique(plural.replaceAll("s$", ""));
        List<GenericKubernetesResource> made = new ArrayList<>();
        for (var suffix : List.of("a", "b", "c")) {
            made.add(create(prefix + suffix));
        }
        var first = made.getFirst();
        assertThat(named(first).get().getMetadata().getUid())
                .isEqualTo(first.getMetadata().getUid());
        assertThat(list()).hasSize(3);
        var from = resources.withLabel(LABEL, label).list().getMetadata().getResourceVersion();
        try (var events = Events.of(resources.withLabel(LABEL, label), from)) {
            var patched = named(first).patch(Scenario.MERGE, "{\"metadata\":{\"annotations\":{\"patched\":\"true\"}}}");
            assertThat(patched.getMetadata().getAnnotations()).containsEntry("patched", "true");
            var updated = Scenario.untilNoConflict(() -> {
                var now = named(first).get();
                now.getMetadata().getAnnotations().put("updated", "true");
                return resources.resource(now).update();
            });
            assertThat(updated.getMetadata().getAnnotations())
                    .containsEntry("updated", "true")
                    .containsEntry("patched", "true");
            var seen = events.next(Action.MODIFIED, object -> {
                var annotations = object.getMetadata().getAnnotations();
                return annotations != null && annotations.containsKey("updated");
            });
            assertThat(seen.getMetadata().getAnnotations()).containsEntry("patched", "true");
        }
        delete(first);
        assertThat(list()).hasSize(2);
        deleteCollection();
        scenario.awaitGone(plural, resources.withLabel(LABEL, label));
        return this;
    }

    /** That discovery's documents have the kind, and its list is where they say. */
    public void discovered() {
        var slash = apiVersion.indexOf('/');
        if (slash > 0) {
            var group = apiVersion.substring(0, slash);
            assertThat(scenario.client().getApiGroups().getGroups()).anySatisfy(one -> {
                assertThat(one.getName()).isEqualTo(group);
                assertThat(one.getVersions())
                        .anySatisfy(
                                version -> assertThat(version.getGroupVersion()).isEqualTo(apiVersion));
            });
            assertThat(scenario.client().getApiGroup(group).getVersions())
                    .anySatisfy(version -> assertThat(version.getGroupVersion()).isEqualTo(apiVersion));
        }
        assertThat(scenario.client().getApiResources(apiVersion).getResources())
                .extracting(APIResource::getName)
                .contains(plural);
    }

    public void delete(GenericKubernetesResource object) {
        named(object).delete();
        scenario.awaitGone(object.getMetadata().getName(), named(object));
        assertThat(scenario.http()
                        .get(path() + "/" + object.getMetadata().getName())
                        .status())
                .isEqualTo(404);
    }

    public void deleteCollection() {
        scenario.http()
                .delete(path() + "?labelSelector=" + LABEL + "%3D" + label)
                .ok();
    }

    /** The path of the collection. */
    public String path() {
        return (apiVersion.contains("/") ? "/apis/" : "/api/") + apiVersion
                + (namespaced ? "/namespaces/" + scenario.namespace() : "") + "/" + plural;
    }

    /**
     * That a status is read, patched and replaced at its own path.
     *
     * @param patched JSON of a status
     * @param replaced JSON of another
     */
    public ApiOperations status(String patched, String replaced) {
        var made = create(scenario.unique(plural.replaceAll("s$", "").toLowerCase(Locale.ROOT)));
        var path = path() + "/" + made.getMetadata().getName() + "/status";
        assertThat(scenario.http()
                        .get(path)
                        .ok()
                        .as(GenericKubernetesResource.class)
                        .getMetadata()
                        .getUid())
                .isEqualTo(made.getMetadata().getUid());
        var answer = named(made)
                .subresource("status")
                .patch(
                        Scenario.MERGE,
                        "{\"metadata\":{\"annotations\":{\"patchedstatus\":\"true\"}},\"status\":" + patched + "}");
        assertThat(answer.getMetadata().getAnnotations()).containsEntry("patchedstatus", "true");
        assertContains(status(answer), json(patched));
        var updated = Scenario.untilNoConflict(() -> {
            var now = named(made).get();
            now.setAdditionalProperty("status", scenario.parse(Object.class, replaced));
            return resources.resource(now).updateStatus();
        });
        assertContains(status(updated), json(replaced));
        delete(made);
        return this;
    }

    private JsonNode status(GenericKubernetesResource object) {
        return json(scenario.client().getKubernetesSerialization().asJson(object))
                .path("status");
    }

    private JsonNode json(String text) {
        return scenario.parse(JsonNode.class, text);
    }

    /** That everything of {@code part} is in {@code whole}. */
    private static void assertContains(JsonNode whole, JsonNode part) {
        if (part.isObject()) {
            part.properties().forEach(field -> assertContains(whole.path(field.getKey()), field.getValue()));
        } else if (part.isArray()) {
            for (int i = 0; i < part.size(); i++) {
                assertContains(whole.path(i), part.get(i));
            }
        } else {
            assertThat(whole).isEqualTo(part);
        }
    }
}

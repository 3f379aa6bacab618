package dev.navarch.conformance.apimachinery;

import static dev.navarch.conformance.CustomKind.version;
import static dev.navarch.conformance.Scenario.untilNoConflict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.CustomKind;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import dev.navarch.conformance.WebhookServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Watchable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/** Upstream {@code test/e2e/apimachinery/crd_conversion_webhook.go} and {@code crd_selectable_fields.go}. */
class ConversionBehaviours {
    private static final String V1 = "{type: object, properties: {hostPort: {type: string}}}";
    private static final String V2 = "{type: object, properties: {host: {type: string}, port: {type: string}}}";

    /** What upstream's image agnhost does at {@code /crdconvert}: one field in v1 is two in v2. */
    private static ObjectNode convert(ObjectNode review) {
        var request = review.withObject("/request");
        var version = request.path("desiredAPIVersion").asString();
        var response = review.putObject("response");
        response.put("uid", request.path("uid").asString());
        response.putObject("result").put("status", "Success");
        var converted = response.putArray("convertedObjects");
        for (var object : request.path("objects")) {
            var now = (ObjectNode) object.deepCopy();
            if (!now.path("apiVersion").asString().equals(version)) {
                now.put("apiVersion", version);
                if (version.endsWith("/v2") && now.has("hostPort")) {
                    var parts = now.remove("hostPort").asString().split(":", -1);
                    now.put("host", parts[0]).put("port", parts[1]);
                } else if (version.endsWith("/v1") && (now.has("host") || now.has("port"))) {
                    now.put(
                            "hostPort",
                            now.path("host").asString("") + ":"
                                    + now.path("port").asString(""));
                    now.remove(List.of("host", "port"));
                }
            }
            converted.add(now);
        }
        review.remove("request");
        return review;
    }

    /** @param v1 further fields of the first version, {@code v2} of the second, as YAML in a flow mapping */
    private static CustomKind converted(Scenario scenario, String v1, String v2) {
        var server = WebhookServer.start(scenario).at("/crdconvert", ConversionBehaviours::convert);
        var kind = CustomKind.namespaced(scenario);
        return kind.define(kind.manifest(
                "conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1, v1beta1], clientConfig: %s}}"
                        .formatted(server.clientConfig("/crdconvert")),
                version("v1", V1, v1),
                version("v2", V2, v2)));
    }

    private static void assertSecondVersion(CustomKind kind, GenericKubernetesResource object) {
        assertThat(object.getApiVersion()).isEqualTo(kind.apiVersion("v2"));
        assertThat(object.getAdditionalProperties())
                .containsEntry("host", "localhost")
                .containsEntry("port", "8080")
                .doesNotContainKey("hostPort");
    }

    private static void assertFirstVersion(CustomKind kind, GenericKubernetesResource object) {
        assertThat(object.getApiVersion()).isEqualTo(kind.apiVersion("v1"));
        assertThat(object.getAdditionalProperties())
                .containsEntry("hostPort", "localhost:8080")
                .doesNotContainKeys("host", "port");
    }

    @Behaviour("[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert"
            + " from CR v1 to CR v2 [Conformance]")
    void oneObject(Scenario scenario) {
        var kind = converted(scenario, "", "");
        kind.create("v1", "cr-instance-1", "hostPort: \"localhost:8080\"");
        assertSecondVersion(kind, kind.resources("v2").withName("cr-instance-1").get());
    }

    @Behaviour("[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert"
            + " a non homogeneous list of CRs [Conformance]")
    void listOfSeveralVersions(Scenario scenario) {
        var kind = converted(scenario, "", "");
        kind.create("v1", "cr-instance-1", "hostPort: \"localhost:8080\"");
        var changed = untilNoConflict(() -> {
            var definition = kind.definition().get();
            for (var version : definition.getSpec().getVersions()) {
                version.setStorage(version.getName().equals("v2"));
            }
            return scenario.client().resource(definition).update();
        });
        assertThat(changed.getSpec().getVersions())
                .filteredOn(CustomResourceDefinitionVersion::getStorage)
                .extracting(CustomResourceDefinitionVersion::getName)
                .containsExactly("v2");
        scenario.awaitOne(
                "v2 is stored",
                kind.definition(),
                now -> now.getStatus().getStoredVersions().contains("v2"));
        kind.create("v1", "cr-instance-2", "hostPort: \"localhost:8080\"");
        assertThat(kind.resources("v1").list().getItems())
                .hasSize(2)
                .allSatisfy(object -> assertFirstVersion(kind, object));
        assertThat(kind.resources("v2").list().getItems())
                .hasSize(2)
                .allSatisfy(object -> assertSecondVersion(kind, object));
    }

    /** Whose events have come, of those that tell of an object that begins or ceases to match. */
    private static final class Seen {
        private final Set<String> added = ConcurrentHashMap.newKeySet();
        private final Set<String> deleted = ConcurrentHashMap.newKeySet();

        void watch(Scenario scenario, Watchable<GenericKubernetesResource> objects) {
            var events = Events.of(objects, (action, object) -> {
                if (action == Action.ADDED) {
                    added.add(object.getMetadata().getName());
                } else if (action == Action.DELETED) {
                    deleted.add(object.getMetadata().getName());
                }
            });
            scenario.afterwards(events::close);
        }

        void inform(Scenario scenario, FilterWatchListDeletable<GenericKubernetesResource, ?, ?> objects) {
            var informer = objects.inform(new ResourceEventHandler<>() {
                @Override
                public void onAdd(GenericKubernetesResource object) {
                    added.add(object.getMetadata().getName());
                }

                @Override
                public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {}

                @Override
                public void onDelete(GenericKubernetesResource object, boolean unknown) {
                    deleted.add(object.getMetadata().getName());
                }
            });
            scenario.afterwards(informer::close);
        }

        void await(Scenario scenario, Set<String> wantedAdded, Set<String> wantedDeleted) {
            scenario.eventually(
                    "added " + wantedAdded + ", deleted " + wantedDeleted,
                    () -> added.equals(wantedAdded) && deleted.equals(wantedDeleted));
        }
    }

    private static Set<String> names(List<GenericKubernetesResource> objects) {
        return objects.stream().map(object -> object.getMetadata().getName()).collect(Collectors.toSet());
    }

    @Behaviour("[sig-api-machinery] CustomResourceFieldSelectors [Privileged:ClusterAdmin] CustomResourceFieldSelectors"
            + " MUST list and watch custom resources matching the field selector [Conformance]")
    void selectedByFields(Scenario scenario) {
        var kind = converted(
                scenario,
                "selectableFields: [{jsonPath: .hostPort}]",
                "selectableFields: [{jsonPath: .host}, {jsonPath: .port}]");
        var first = kind.resources("v1");
        var second = kind.resources("v2");
        var byHost = second.withField("host", "host1");
        var byBoth = second.withFields(Map.of("host", "host1", "port", "80"));
        var byHostPort = first.withField("hostPort", "host1:80");
        var hostWatch = new Seen();
        hostWatch.watch(scenario, byHost);
        var bothWatch = new Seen();
        bothWatch.watch(scenario, byBoth);
        var hostPortWatch = new Seen();
        hostPortWatch.watch(scenario, byHostPort);
        var hostInformer = new Seen();
        hostInformer.inform(scenario, byHost);
        var bothInformer = new Seen();
        bothInformer.inform(scenario, byBoth);

        kind.create("v2", "one", "host: host1, port: \"80\"");
        kind.create("v2", "two", "host: host1, port: \"8080\"");
        kind.create("v2", "three", "host: host2");
        assertThat(names(byHost.list().getItems())).containsExactlyInAnyOrder("one", "two");
        assertThat(names(byBoth.list().getItems())).containsExactly("one");
        assertThat(names(byHostPort.list().getItems())).containsExactly("one");
        assertThat(names(first.withField("hostPort", "host1:8080").list().getItems()))
                .containsExactly("two");
        var none = new HashSet<String>();
        var one = Set.of("one");
        var both = Set.of("one", "two");
        hostWatch.await(scenario, both, none);
        bothWatch.await(scenario, one, none);
        hostPortWatch.await(scenario, one, none);
        hostInformer.await(scenario, both, none);
        bothInformer.await(scenario, one, none);

        scenario.http()
                .delete(kind.path("v2") + "?fieldSelector=host%3Dhost1%2Cport%3D80")
                .ok();
        var two = second.withName("two").get();
        two.setAdditionalProperty("host", "host2");
        second.resource(two).update();
        assertThat(byHost.list().getItems()).isEmpty();
        assertThat(byBoth.list().getItems()).isEmpty();
        hostWatch.await(scenario, both, both);
        bothWatch.await(scenario, one, one);
        hostPortWatch.await(scenario, one, one);
        hostInformer.await(scenario, both, both);
        bothInformer.await(scenario, one, one);
    }
}

package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CatalogueTest {

    private static final Path TABLES = Path.of("src/main/catalogue");
    private final Catalogue catalogue = Catalogue.builtIn();

    @Test
    void everyStableEndpointIsServed() throws IOException {
        for (var line : rows("api-endpoints-1.36.tsv")) {
            var cells = line.split("\t", -1);
            if (!cells[5].equals("stable") || cells[4].isEmpty()) {
                continue;
            }
            var parts =
                    List.of(cells[1].replace("/namespaces/{namespace}/", "/").split("/"));
            int start = parts.get(1).equals("api") ? 2 : 3;
            var group = start == 2 ? "" : parts.get(2);
            var type = catalogue
                    .find(group, parts.get(start), parts.get(start + 1))
                    .orElseThrow();
            var verb = switch (cells[0]) {
                case "post" -> "create";
                case "put" -> "update";
                case "connect" -> "get";
                default -> cells[0];
            };
            if (parts.size() <= start + 3) {
                assertThat(type.kind()).isEqualTo(cells[4]);
                assertThat(type.verbs()).as(line).contains(verb);
            } else {
                var subresource = type.subresources().get(parts.get(start + 3));
                assertThat(subresource).as(line).isNotNull();
                assertThat(subresource.kind()).isEqualTo(cells[4]);
                assertThat(subresource.verbs()).as(line).contains(verb);
            }
        }
    }

    @Test
    void everyFieldOfTheTableIsKnown() throws IOException {
        var names = new HashSet<String>();
        for (var line : rows("api-fields-1.36.tsv")) {
            var cells = line.split("\t", -1);
            if (cells[2].equals("(inline)") || cells[2].isEmpty()) {
                continue;
            }
            var schema = catalogue
                    .schema("io.k8s.api." + cells[0].replace('/', '.') + "." + cells[1])
                    .orElseThrow();
            assertThat(schema.field(cells[2])).as(line).isNotNull();
            names.add(schema.name());
        }
        assertThat(names).hasSizeGreaterThan(900);
    }

    @Test
    void everySchemaThatAResourceReachesIsLinked() {
        var all = Catalogue.builtIn(EnumSet.allOf(Level.class));
        var queue = new ArrayDeque<Schema>();
        var seen = new HashSet<Schema>();
        all.types().forEach(t -> {
            queue.add(t.schema());
            t.subresources().values().forEach(s -> queue.add(s.schema()));
        });
        while (!queue.isEmpty()) {
            var schema = queue.remove();
            if (!seen.add(schema)) {
                continue;
            }
            switch (schema) {
                case ObjectSchema object -> object.fields().values().forEach(f -> queue.add(f.schema()));
                case ListSchema list -> queue.add(list.element());
                case MapSchema map -> queue.add(map.value());
                case ScalarSchema scalar -> assertThat(scalar.type()).isNotNull();
            }
        }
        assertThat(seen).hasSizeGreaterThan(800);
    }

    @Test
    void podsAreAsUpstreamServesThem() {
        var pods = catalogue.find("", "v1", "pods").orElseThrow();
        assertThat(pods.shortNames()).containsExactly("po");
        assertThat(pods.categories()).containsExactly("all");
        assertThat(pods.singular()).isEqualTo("pod");
        assertThat(pods.listKind()).isEqualTo("PodList");
        assertThat(pods.namespaced()).isTrue();
        assertThat(pods.storagePrefix()).isEqualTo("/registry/core/pods/");
        assertThat(pods.verbs())
                .containsExactlyInAnyOrder(
                        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
        assertThat(pods.subresources().keySet())
                .containsExactlyInAnyOrder(
                        "attach",
                        "binding",
                        "ephemeralcontainers",
                        "eviction",
                        "exec",
                        "log",
                        "portforward",
                        "proxy",
                        "resize",
                        "status");
        assertThat(pods.subresources().get("eviction").groupVersion()).isEqualTo(new GroupVersion("policy", "v1"));
        assertThat(pods.schema().fields().sequencedKeySet())
                .containsExactly("kind", "apiVersion", "metadata", "spec", "status");
    }

    @Test
    void listsKnowHowTheyMerge() {
        var spec = catalogue.schema("io.k8s.api.core.v1.PodSpec").orElseThrow();
        var volumes = spec.field("volumes");
        assertThat(volumes.patchStrategies()).isEqualTo(Set.of("merge", "retainKeys"));
        assertThat(volumes.patchMergeKey()).isEqualTo("name");
        var ports =
                catalogue.schema("io.k8s.api.core.v1.Container").orElseThrow().field("ports");
        assertThat(((ListSchema) ports.schema()).type()).isEqualTo(ListType.MAP);
        assertThat(((ListSchema) ports.schema()).keys()).containsExactly("containerPort", "protocol");
    }

    @Test
    void lessMatureLevelsAreOff() {
        assertThat(catalogue.types()).allMatch(t -> t.level() == Level.STABLE);
        assertThat(Catalogue.builtIn(EnumSet.allOf(Level.class)).groupVersions().stream()
                        .map(GroupVersion::apiVersion)
                        .collect(Collectors.toSet()))
                .contains("resource.k8s.io/v1beta1", "scheduling.k8s.io/v1alpha2");
    }

    @Test
    void groupsStandInDiscoverysOrder() {
        assertThat(catalogue.groups().stream().map(ApiGroup::name).limit(4))
                .containsExactly("", "apiregistration.k8s.io", "apps", "events.k8s.io");
        var autoscaling = catalogue.groups().stream()
                .filter(g -> g.name().equals("autoscaling"))
                .findFirst()
                .orElseThrow();
        assertThat(autoscaling.versions())
                .containsExactly(new GroupVersion("autoscaling", "v2"), new GroupVersion("autoscaling", "v1"));
        assertThat(java.util.stream.Stream.of("v1alpha1", "foo", "v2beta1", "v10", "v1", "v2beta2", "v2")
                        .sorted(GroupOrder::compareVersions))
                .containsExactly("v10", "v2", "v1", "v2beta2", "v2beta1", "v1alpha1", "foo");
    }

    @Test
    void descriptionsAreThere() {
        var spec = catalogue.schema("io.k8s.api.core.v1.PodSpec").orElseThrow();
        assertThat(spec.description()).isEqualTo("PodSpec is a description of a pod.");
        assertThat(spec.description("nodeName")).startsWith("NodeName ");
    }

    private static List<String> rows(String table) throws IOException {
        var lines = Files.readAllLines(TABLES.resolve(table));
        return lines.subList(1, lines.size());
    }
}

package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.navarch.embedded.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Good and bad uses, run as JUnit runs them. */
class UsesTest {
    private static final Set<EmbeddedCluster> SEEN = ConcurrentHashMap.newKeySet();

    private static EngineExecutionResults run(Class<?>... types) {
        SEEN.clear();
        var kit = EngineTestKit.engine("junit-jupiter").configurationParameter("navarch.uses", "true");
        for (var type : types) {
            kit.selectors(selectClass(type));
        }
        return kit.execute();
    }

    private static List<String> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class)
                        .getThrowable()
                        .map(Throwable::getMessage)
                        .orElse(""))
                .toList();
    }

    @KubernetesCluster(nodes = 0, crds = Hat.class)
    static class Fails {
        @Test
        void afterAWrite(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
            client.load(UsesTest.class.getResourceAsStream("/web.yaml"))
                    .inNamespace(namespace)
                    .create();
            cluster.awaitIdle();
            var hat = new Hat();
            hat.setMetadata(new ObjectMetaBuilder().withName("top").build());
            var spec = new Hat.Spec();
            spec.setSize(58);
            hat.setSpec(spec);
            client.resource(hat).inNamespace(namespace).create();
            assertThat(client.resources(Hat.class)
                            .inNamespace(namespace)
                            .withName("top")
                            .get()
                            .getSpec()
                            .getSize())
                    .isEqualTo(59);
        }
    }

    @Test
    void aFailedTestTellsWhatHappenedInItsNamespace() {
        var results = run(Fails.class);
        assertThat(failures(results)).singleElement().asString().contains("expected: 59", "but was: 58");
        Map<String, String> told = new HashMap<>();
        results.allEvents().reportingEntryPublished().stream()
                .map(event -> event.getRequiredPayload(ReportEntry.class).getKeyValuePairs())
                .forEach(told::putAll);
        assertThat(told).containsOnlyKeys("recent events of the cluster", "recent requests to the cluster");
        assertThat(told.get("recent events of the cluster"))
                .contains("Normal ScalingReplicaSet Deployment/web: Scaled up replica set web-")
                .contains("Normal SuccessfulCreate ReplicaSet/web-")
                .doesNotContain("null");
        assertThat(told.get("recent requests to the cluster"))
                .contains("201 create /apis/example.com/v1/namespaces/tafterawrite-", "by kubernetes-admin (fabric8");
    }

    @KubernetesCluster(nodes = 0, lifetime = KubernetesCluster.Lifetime.METHOD)
    static class EachItsOwn {
        @Test
        void one(EmbeddedCluster cluster) {
            SEEN.add(cluster);
        }

        @Test
        void two(EmbeddedCluster cluster) {
            SEEN.add(cluster);
        }
    }

    @KubernetesCluster(nodes = 0, lifetime = KubernetesCluster.Lifetime.RUN)
    static class Shares {
        @Test
        void one(EmbeddedCluster cluster) {
            SEEN.add(cluster);
        }
    }

    @KubernetesCluster(nodes = 0, lifetime = KubernetesCluster.Lifetime.RUN)
    static class SharesToo {
        @Test
        void one(EmbeddedCluster cluster) {
            SEEN.add(cluster);
        }
    }

    @Test
    void clustersLastAsLongAsTheyAreAskedTo() {
        assertThat(failures(run(EachItsOwn.class))).isEmpty();
        assertThat(SEEN).hasSize(2).allMatch(UsesTest::isClosed);
        assertThat(failures(run(Shares.class, SharesToo.class))).isEmpty();
        assertThat(SEEN).hasSize(1).allMatch(UsesTest::isClosed);
    }

    @KubernetesCluster
    static class Parallel {
        private static final Set<String> NAMESPACES = ConcurrentHashMap.newKeySet();

        @RepeatedTest(4)
        void oneOfMany(KubernetesClient client, EmbeddedCluster cluster, @TestNamespace String namespace) {
            assertThat(NAMESPACES.add(namespace)).isTrue();
            SEEN.add(cluster);
            assertThat(client.configMaps()
                            .inNamespace(namespace)
                            .withName("mine")
                            .get())
                    .isNull();
            client.resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName("mine")
                            .endMetadata()
                            .build())
                    .inNamespace(namespace)
                    .create();
            cluster.awaitIdle();
        }
    }

    @Test
    void parallelTestsHaveANamespaceEach() {
        SEEN.clear();
        Parallel.NAMESPACES.clear();
        var results = EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.mode.default", "concurrent")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4")
                .selectors(selectClass(Parallel.class))
                .execute();
        assertThat(failures(results)).isEmpty();
        assertThat(Parallel.NAMESPACES).hasSize(4);
        assertThat(SEEN).hasSize(1).allMatch(UsesTest::isClosed);
    }

    private static boolean isClosed(EmbeddedCluster cluster) {
        try {
            cluster.awaitIdle();
            return false;
        } catch (IllegalStateException e) {
            return "the cluster is closed".equals(e.getMessage());
        }
    }

    @TestMethodOrder(MethodOrderer.MethodName.class)
    static class OfAMethod {
        @RegisterExtension
        final KubernetesClusterExtension kubernetes = new KubernetesClusterExtension(
                () -> EmbeddedCluster.builder().nodes(0).start());

        @Test
        void one() {
            SEEN.add(kubernetes.cluster());
        }

        @Test
        void two(KubernetesClient client) {
            SEEN.add(kubernetes.cluster());
            client.resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName("a")
                            .endMetadata()
                            .withData(Map.of())
                            .build())
                    .inNamespace("default")
                    .create();
        }
    }

    @Test
    void anExtensionThatIsNoStaticFieldIsOfEachTest() {
        assertThat(failures(run(OfAMethod.class))).isEmpty();
        assertThat(SEEN).hasSize(2).allMatch(UsesTest::isClosed);
    }

    @KubernetesCluster(nodes = 0, crds = String.class)
    static class NoResource {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0, manifests = "classpath:nowhere.yaml")
    static class NoManifest {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0, startsAt = "noon")
    static class NoInstant {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0)
    static class NoSuchField {
        @Injected
        StringBuilder builder;

        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0)
    static class NumberForNamespace {
        @TestNamespace
        int namespace;

        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0)
    static class FinalField {
        @Injected
        final EmbeddedCluster cluster = null;

        @Test
        void never() {}
    }

    @KubernetesCluster(manifests = "nowhere.yaml")
    static class NoFile {
        @Test
        void never() {}
    }

    @KubernetesCluster(node = @SimulatedNode(name = "Big_Node"))
    static class NoName {
        @Test
        void never() {}
    }

    @KubernetesCluster(node = @SimulatedNode(name = "n", cpu = "lots"))
    static class NoQuantity {
        @Test
        void never() {}
    }

    @KubernetesCluster(node = {@SimulatedNode(name = "n"), @SimulatedNode(name = "n")})
    static class Twice {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = -1)
    static class FewerThanNone {
        @Test
        void never() {}
    }

    @Test
    void whatCannotBeIsSaidBeforeAnythingStarts() {
        assertThat(failures(run(
                        NumberForNamespace.class,
                        FinalField.class,
                        NoFile.class,
                        NoName.class,
                        NoQuantity.class,
                        Twice.class,
                        FewerThanNone.class)))
                .satisfiesExactlyInAnyOrder(
                        message -> assertThat(message).startsWith("nothing of type int can be injected into int "),
                        message -> assertThat(message).endsWith(" is final, and nothing can be injected into it"),
                        message -> assertThat(message)
                                .startsWith("there is no file ")
                                .endsWith("nowhere.yaml"),
                        message -> assertThat(message).startsWith("\"Big_Node\" can't be a node's name: "),
                        message -> assertThat(message).startsWith("node n can't have \"lots\" of cpu: "),
                        message -> assertThat(message).isEqualTo("there are two nodes n"),
                        message -> assertThat(message).isEqualTo("there can't be -1 nodes"));
    }

    @KubernetesCluster(nodes = 0)
    abstract static class Inherited {
        @Injected
        EmbeddedCluster cluster;

        @TestNamespace
        String namespace;
    }

    /** With one instance for all tests, nested classes and parameters, of a class that is inherited from. */
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class OneForAll extends Inherited {
        @BeforeAll
        void itIsThere(EmbeddedCluster same) {
            assertThat(cluster).isSameAs(same);
            assertThat(namespace).isNotEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"a", "b"})
        void each(String value, @TestNamespace String given) {
            assertThat(given).isEqualTo(namespace);
        }

        @Nested
        class Within {
            private final EmbeddedCluster given;

            Within(EmbeddedCluster cluster) {
                given = cluster;
            }

            @Test
            void theSame() {
                assertThat(given).isSameAs(cluster);
            }
        }
    }

    @Test
    void classesMayBeMadeAsJUnitAllows() {
        var results = run(OneForAll.class);
        assertThat(failures(results)).isEmpty();
        results.testEvents().assertStatistics(stats -> stats.succeeded(3));
    }

    @KubernetesCluster(nodes = 0, manifests = "classpath:unknown-kind.yaml")
    static class UnknownKind {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0, manifests = "classpath:no-definition.yaml")
    static class NoDefinition {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0, manifests = "classpath:no-yaml.yaml")
    static class NoYaml {
        @Test
        void never() {}
    }

    @KubernetesCluster(node = @SimulatedNode(name = "n", labels = "zone:a"))
    static class NoPair {
        @Test
        void never() {}
    }

    @KubernetesCluster(containers = KubernetesCluster.Containers.REAL)
    static class NoContainers {
        @Test
        void never() {}
    }

    @KubernetesCluster(nodes = 0, lifetime = KubernetesCluster.Lifetime.METHOD)
    static class UsedAfterItsEnd {
        @Test
        void closes(EmbeddedCluster cluster) {
            cluster.close();
            cluster.apply("{}");
        }
    }

    @Test
    void badUseIsToldClearly() {
        assertThat(failures(
                        run(UnknownKind.class, NoDefinition.class, NoYaml.class, NoPair.class, UsedAfterItsEnd.class)))
                .satisfiesExactlyInAnyOrder(
                        message -> assertThat(message)
                                .isEqualTo("unknown-kind.yaml, document 2: no matches for kind \"Shirt\" in version"
                                        + " \"example.com/v1\"; is its CustomResourceDefinition loaded before it?"),
                        message -> assertThat(message)
                                .startsWith(
                                        "no-definition.yaml, document 1: CustomResourceDefinition.apiextensions.k8s.io"
                                                + " \"shirts.example.com\" is invalid: ")
                                .contains("spec.versions[0].schema.openAPIV3Schema.properties[spec].type: "),
                        message -> assertThat(message)
                                .startsWith("no-yaml.yaml is not YAML: ")
                                .contains("line 2"),
                        message -> assertThat(message).isEqualTo("node n: \"zone:a\" is not of the form key=value"),
                        message -> assertThat(message).isEqualTo("the cluster is closed"));
        assertThat(failures(run(NoContainers.class)))
                .singleElement()
                .asString()
                .containsAnyOf("real containers need dev.navarch:navarch-cluster", "cannot run containers");
        assertThat(failures(run(NoResource.class, NoManifest.class, NoInstant.class, NoSuchField.class)))
                .satisfiesExactlyInAnyOrder(
                        message -> assertThat(message)
                                .isEqualTo("java.lang.String is no custom resource: it lacks the annotations Group and"
                                        + " Version of fabric8's model"),
                        message -> assertThat(message).isEqualTo("there is no nowhere.yaml on the class path"),
                        message -> assertThat(message)
                                .isEqualTo("startsAt is not an instant such as 2026-03-01T12:00:00Z: noon"),
                        message -> assertThat(message).startsWith("nothing of type java.lang.StringBuilder can be"));
    }
}

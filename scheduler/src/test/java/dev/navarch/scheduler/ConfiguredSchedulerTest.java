package dev.navarch.scheduler;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.client.Json;
import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PluginFactory;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Schedulers that are configured: several profiles, a user's plugin, an extender. */
@Timeout(180)
class ConfiguredSchedulerTest {
    private static final String HEAD = """
        apiVersion: kubescheduler.config.k8s.io/v1
        kind: KubeSchedulerConfiguration
        """;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final ApiClient client = api.client();

    private Scheduler scheduler(String text, PluginFactory... users) {
        var scheduler =
                new Scheduler(api.client(), time, new Random(2), SchedulerConfig.read(HEAD + text, List.of(users)));
        scheduler.start();
        return scheduler;
    }

    private void nodes(String... names) {
        for (var name : names) {
            make(TestPods.node(name, "4", "8Gi"));
        }
    }

    private void create(String name, String scheduler) {
        client.resource(Pod.class)
                .create(new PodBuilder(TestPods.pod(name, "1", "1Gi"))
                        .editSpec()
                        .withSchedulerName(scheduler)
                        .endSpec()
                        .build());
    }

    private String awaitNode(String name) {
        Await.until(name + " has a node", () -> node(name) != null);
        return node(name);
    }

    private String node(String name) {
        return client.resource(Pod.class)
                .get("default", name)
                .orElseThrow()
                .getSpec()
                .getNodeName();
    }

    private String nominatedNode(String name) {
        return client.resource(Pod.class)
                .get("default", name)
                .orElseThrow()
                .getStatus()
                .getNominatedNodeName();
    }

    @Test
    void eachProfileSchedulesItsPodsInItsWay() {
        nodes("a", "b");
        try (var _ = scheduler("""
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: packing
              plugins: {multiPoint: {disabled: [{name: NodeResourcesBalancedAllocation}]}}
              pluginConfig:
              - name: NodeResourcesFit
                args: {scoringStrategy: {type: MostAllocated}}
            """)) {
            create("first", "packing");
            var node = awaitNode("first");
            create("second", "packing");
            assertThat(awaitNode("second")).isEqualTo(node);
            create("third", "default-scheduler");
            assertThat(awaitNode("third")).isNotEqualTo(node);
            create("fourth", "nobody");
            create("fifth", "packing");
            assertThat(awaitNode("fifth")).isEqualTo(node);
            assertThat(node("fourth")).isNull();
        }
    }

    /** Allows one node only, and lets pods wait until they are permitted. */
    private static final class OneNode implements PluginFactory {
        private final CountDownLatch permitted = new CountDownLatch(1);

        @Override
        public String name() {
            return "OneNode";
        }

        @Override
        public Plugin create(ObjectNode arguments, Handle handle) {
            return new Only(arguments.path("node").asString(""), permitted);
        }

        private record Only(String node, CountDownLatch permitted) implements Plugin.Filter, Plugin.Permit {
            @Override
            public String name() {
                return "OneNode";
            }

            @Override
            public Status filter(CycleState state, PodInfo pod, NodeInfo other) {
                return other.name().equals(node) ? Status.SUCCESS : Status.unschedulable("not the node");
            }

            @Override
            public Status permit(CycleState state, PodInfo pod, String to) throws InterruptedException {
                permitted.await();
                return Status.SUCCESS;
            }
        }
    }

    @Test
    void pluginsOfUsersHaveTheirSay() {
        nodes("a", "b", "c");
        var user = new OneNode();
        try (var scheduler = scheduler("""
            profiles:
            - plugins: {multiPoint: {enabled: [{name: OneNode}]}}
              pluginConfig: [{name: OneNode, args: {node: b}}]
            """, user)) {
            create("one", "default-scheduler");
            create("two", "default-scheduler");
            Await.until("both wait", () -> scheduler.queue().count(QueuedPod.Place.IN_FLIGHT) == 2);
            assertThat(node("one")).isNull();
            Await.until("others know where it is expected", () -> "b".equals(nominatedNode("one")));
            user.permitted.countDown();
            assertThat(awaitNode("one")).isEqualTo("b");
            assertThat(awaitNode("two")).isEqualTo("b");
        }
    }

    @Test
    void whatCanNotWorkIsRefused() {
        assertThatThrownBy(() -> scheduler("profiles: [{plugins: {filter: {enabled: [{name: Nothing}]}}}]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("plugin \"Nothing\" does not exist");
        assertThatThrownBy(() -> scheduler("profiles: [{plugins: {bind: {disabled: [{name: \"*\"}]}}}]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("at least one bind plugin is needed for profile with scheduler name \"default-scheduler\"");
        assertThatThrownBy(() -> scheduler("profiles: [{plugins: {bind: {enabled: [{name: NodePorts}]}}}]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("plugin \"NodePorts\" does not extend Bind plugin");
    }

    @Test
    void anExtenderFiltersAndPrioritizes() throws Exception {
        nodes("a", "b", "c");
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        answer(server, "/filter", "{\"NodeNames\":[\"a\",\"b\"],\"FailedNodes\":{\"c\":\"the extender says no\"}}");
        answer(server, "/prioritize", "[{\"Host\":\"b\",\"Score\":10}]");
        server.start();
        try (var scheduler = scheduler("""
            extenders:
            - urlPrefix: http://127.0.0.1:%d/
              filterVerb: filter
              prioritizeVerb: prioritize
              weight: 5
              nodeCacheCapable: true
            - {urlPrefix: "http://127.0.0.1:1/", filterVerb: filter, ignorable: true}
            """.formatted(server.getAddress().getPort()))) {
            create("one", "default-scheduler");
            assertThat(awaitNode("one")).isEqualTo("b");
            var scheduled = "scheduler_schedule_attempts_total{profile=\"default-scheduler\",result=\"scheduled\"} 1.0";
            Await.until(scheduled, () -> text(scheduler.metrics()).contains(scheduled));
            var last = "scheduler_framework_extension_point_duration_seconds_count{extension_point=\"PostBind\","
                    + "profile=\"default-scheduler\",status=\"Success\"} ";
            Await.until(last, () -> text(scheduler.metrics()).contains(last));
            for (var point : List.of("PreFilter", "Filter", "PreScore", "Score", "Reserve", "Bind")) {
                assertThat(text(scheduler.metrics()))
                        .contains("scheduler_framework_extension_point_duration_seconds_count{extension_point=\""
                                + point + "\",profile=\"default-scheduler\",status=\"Success\"}");
            }
            assertThat(text(scheduler.metrics()))
                    .contains("scheduler_goroutines{operation=\"binding\"}")
                    .contains("scheduler_cache_size{type=\"nodes\"} 3.0")
                    .contains("scheduler_pending_pods{queue=\"active\"} 0.0");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anExtenderBindsPodsWithTheResourcesThatItManages() throws Exception {
        nodes("a");
        var bound = new CopyOnWriteArrayList<String>();
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/bind", exchange -> {
            var asked = Json.mapper().readTree(exchange.getRequestBody().readAllBytes());
            var name = asked.path("PodName").asString("");
            var binding = Json.mapper().createObjectNode();
            binding.put("apiVersion", "v1").put("kind", "Binding");
            binding.putObject("metadata").put("name", name).put("namespace", "default");
            binding.putObject("target").put("kind", "Node").set("name", asked.path("Node"));
            client.raw("POST", "/api/v1/namespaces/default/pods/" + name + "/binding", binding);
            bound.add(name + " on " + asked.path("Node").asString(""));
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("{}".getBytes(UTF_8));
            exchange.close();
        });
        server.start();
        try (var scheduler = scheduler("""
            extenders:
            - urlPrefix: http://127.0.0.1:%d/
              bindVerb: bind
              managedResources: [{name: example.com/foo, ignoredByScheduler: true}]
            """.formatted(server.getAddress().getPort()))) {
            client.resource(Pod.class).create(TestPods.pod("managed", Map.of("example.com/foo", new Quantity("1"))));
            create("other", "default-scheduler");
            assertThat(awaitNode("managed")).isEqualTo("a");
            assertThat(awaitNode("other")).isEqualTo("a");
            Await.until("bound by the extender", () -> bound.equals(List.of("managed on a")));
            Await.until("both are done", scheduler::idle);
            assertThat(bound).containsExactly("managed on a");
        } finally {
            server.stop(0);
        }
    }

    private void createMoreImportantPod() {
        client.resource(Pod.class)
                .create(new PodBuilder(TestPods.pod("high", "2", "1Gi"))
                        .editSpec()
                        .withPriority(10)
                        .endSpec()
                        .build());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExtenderChoosesWhomToPreempt(boolean knowsNodes) throws Exception {
        nodes("a", "b", "c");
        for (var node : List.of("a", "b", "c")) {
            client.resource(Pod.class)
                    .create(new PodBuilder(TestPods.pod("low-" + node, "3", "1Gi"))
                            .editSpec()
                            .withNodeName(node)
                            .withTerminationGracePeriodSeconds(0L)
                            .endSpec()
                            .build());
        }
        var spared = client.resource(Pod.class)
                .get("default", "low-b")
                .orElseThrow()
                .getMetadata()
                .getUid();
        var asked = new CopyOnWriteArrayList<JsonNode>();
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        var answer = "{\"nodeNameToMetaVictims\":{\"b\":{\"pods\":[{\"uid\":\"" + spared + "\"}]}}}";
        answer(server, "/preempt", answer, body -> asked.add(Json.mapper().readTree(body)));
        server.start();
        try (var _ = scheduler("""
            extenders: [{urlPrefix: "http://127.0.0.1:%d/", preemptVerb: preempt, nodeCacheCapable: %s}]
            """.formatted(server.getAddress().getPort(), knowsNodes))) {
            createMoreImportantPod();
            assertThat(awaitNode("high")).isEqualTo("b");
            assertThat(client.resource(Pod.class).get("default", "low-a")).isPresent();
            assertThat(client.resource(Pod.class).get("default", "low-c")).isPresent();
            var first = asked.getFirst();
            assertThat(first.at("/Pod/metadata/name").asString()).isEqualTo("high");
            var victims = first.path(knowsNodes ? "NodeNameToMetaVictims" : "NodeNameToVictims");
            assertThat(victims.propertyNames()).containsExactlyInAnyOrder("a", "b", "c");
            assertThat(victims.at("/b/NumPDBViolations").asInt(-1)).isZero();
            assertThat(victims.at(knowsNodes ? "/b/Pods/0/UID" : "/b/Pods/0/metadata/uid")
                            .asString())
                    .isEqualTo(spared);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, expected at least one victim pod on node \"a\"", "true, no candidate node for preemption"})
    void anExtenderThatNamesNobodyPreemptsNobody(boolean ignorable, String told) throws Exception {
        nodes("a");
        client.resource(Pod.class)
                .create(new PodBuilder(TestPods.pod("low", "3", "1Gi"))
                        .editSpec()
                        .withNodeName("a")
                        .endSpec()
                        .build());
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        answer(server, "/preempt", "{\"NodeNameToMetaVictims\":{\"a\":{\"Pods\":[]}}}");
        server.start();
        try (var _ = scheduler("""
            extenders: [{urlPrefix: "http://127.0.0.1:%d/", preemptVerb: preempt, ignorable: %s}]
            """.formatted(server.getAddress().getPort(), ignorable))) {
            createMoreImportantPod();
            Await.until("the pod says why", () -> {
                var status = client.resource(Pod.class)
                        .get("default", "high")
                        .orElseThrow()
                        .getStatus();
                return status != null
                        && status.getConditions().stream()
                                .anyMatch(condition -> condition.getMessage() != null
                                        && condition.getMessage().contains(told));
            });
            assertThat(client.resource(Pod.class).get("default", "low")).isPresent();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anExtenderThatFailsStopsPodsUnlessItIsIgnorable() throws Exception {
        nodes("a");
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        answer(server, "/filter", "{\"Error\":\"the extender is ill\"}");
        server.start();
        var extender = """
            extenders: [{urlPrefix: "http://127.0.0.1:%d/", filterVerb: filter, nodeCacheCapable: true, ignorable: %s}]
            """;
        int port = server.getAddress().getPort();
        try {
            try (var _ = scheduler(extender.formatted(port, "false"))) {
                create("one", "default-scheduler");
                Await.until("the pod says why", () -> {
                    var status = client.resource(Pod.class)
                            .get("default", "one")
                            .orElseThrow()
                            .getStatus();
                    return status != null
                            && status.getConditions().stream()
                                    .anyMatch(condition -> "SchedulerError".equals(condition.getReason())
                                            && condition.getMessage().contains("the extender is ill"));
                });
                assertThat(node("one")).isNull();
            }
            try (var _ = scheduler(extender.formatted(port, "true"))) {
                assertThat(awaitNode("one")).isEqualTo("a");
            }
        } finally {
            server.stop(0);
        }
    }

    private static String text(MetricSnapshots metrics) {
        var out = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.builder().build().write(out, metrics);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static void answer(HttpServer server, String path, String body) {
        answer(server, path, body, _ -> {});
    }

    private static void answer(HttpServer server, String path, String body, Consumer<byte[]> asked) {
        server.createContext(path, exchange -> {
            asked.accept(exchange.getRequestBody().readAllBytes());
            exchange.sendResponseHeaders(200, body.length());
            exchange.getResponseBody().write(body.getBytes(UTF_8));
            exchange.close();
        });
    }

    @Test
    void selectionFollowsUpstreamsOrder() {
        var config = SchedulerConfig.read(HEAD + """
            profiles:
            - plugins:
                filter:
                  enabled: [{name: NodePorts}]
                  disabled: [{name: NodeName}]
                score: {enabled: [{name: ImageLocality, weight: 7}]}
            """, List.of());
        var metrics = new SchedulerMetrics(time);
        var assembly = new SchedulerAssembly(config, client, new Informers(client, time), time, new Random(1), metrics);
        var made = assembly.profiles().get("default-scheduler");
        made.recorder().close();
        assertThat(made.profile().filters().stream().map(Plugin::name).toList())
                .startsWith("NodePorts", "NodeUnschedulable", "TaintToleration", "NodeAffinity", "NodeResourcesFit")
                .doesNotContain("NodeName");
        var scores = made.profile().all(Plugin.Score.class);
        assertThat(scores.getFirst().name()).isEqualTo("ImageLocality");
        assertThat(made.profile().weight(scores.getFirst())).isEqualTo(7);
        assertThat(scores.stream().collect(Collectors.toMap(Plugin::name, made.profile()::weight)))
                .containsAllEntriesOf(Map.of("TaintToleration", 3, "NodeAffinity", 2, "PodTopologySpread", 2));
    }

    private void make(Node node) {
        var status = node.getStatus();
        var made = client.resource(Node.class).create(node);
        made.setStatus(status);
        client.resource(Node.class).updateStatus(made);
    }
}

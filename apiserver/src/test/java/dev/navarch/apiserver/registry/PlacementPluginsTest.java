package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.NodeSelectorSettings;
import dev.navarch.apiserver.admission.PluginSelection;
import dev.navarch.apiserver.admission.PodTolerationSettings;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The plugins that have a say in where pods go. */
class PlacementPluginsTest {
    private static final String NAMESPACE = "/api/v1/namespaces/default";
    private static final String PODS = NAMESPACE + "/pods";
    private static final String NODES = "/api/v1/nodes";

    private static TestApi with(AdmissionSettings settings, String... enabled) {
        var api = new TestApi(settings.withPlugins(new PluginSelection(Set.of(enabled), Set.of())));
        api.post(NAMESPACE + "/serviceaccounts", "{\"metadata\": {\"name\": \"default\"}}")
                .expect(201);
        return api;
    }

    private static String pod(String spec) {
        return """
                {"metadata": {"name": "p"}, "spec": {%s "containers": [{"name": "c", "image": "i"}]}}""".formatted(spec);
    }

    private static void annotate(TestApi api, String annotation, String value) {
        api.mergePatch(NAMESPACE, """
                {"metadata": {"annotations": {"scheduler.alpha.kubernetes.io/%s": %s}}}""".formatted(annotation, value)).expect(200);
    }

    @Test
    void newNodesAreTaintedUntilTheyAreReady() {
        try (var api = with(AdmissionSettings.STANDARD)) {
            assertThat(api.post(NODES, "{\"metadata\": {\"name\": \"a\"}}")
                            .expect(201)
                            .text("spec", "taints"))
                    .isEqualTo("[{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoSchedule\"}]");
            assertThat(api.mergePatch(NODES + "/a", "{\"spec\": {\"taints\": null}}")
                            .expect(200)
                            .text("spec", "taints"))
                    .isEmpty();
        }
        var off =
                AdmissionSettings.STANDARD.withPlugins(new PluginSelection(Set.of(), Set.of("TaintNodesByCondition")));
        try (var api = new TestApi(off)) {
            assertThat(api.post(NODES, "{\"metadata\": {\"name\": \"a\"}}")
                            .expect(201)
                            .text("spec", "taints"))
                    .isEmpty();
        }
    }

    @Test
    void podsGetTheirNamespacesNodeSelector() {
        var settings = AdmissionSettings.STANDARD.withNodeSelectors(NodeSelectorSettings.of(Map.of(
                "podNodeSelectorPluginConfig",
                Map.of("clusterDefaultNodeSelector", "pool=common", "default", "pool=common,pool2=x,disk=ssd"))));
        try (var api = with(settings, "PodNodeSelector")) {
            assertThat(api.post(PODS, pod("\"nodeSelector\": {\"disk\": \"ssd\"},"))
                            .expect(201)
                            .text("spec", "nodeSelector"))
                    .isEqualTo("{\"disk\":\"ssd\",\"pool\":\"common\"}");
            assertThat(api.post(PODS, pod("\"nodeSelector\": {\"pool\": \"own\"},"))
                            .expect(403)
                            .message())
                    .isEqualTo(
                            "pods \"p\" is forbidden: pod node label selector conflicts with its namespace node label"
                                    + " selector");
            assertThat(api.post(PODS, pod("\"nodeSelector\": {\"disk\": \"hdd\"},"))
                            .expect(403)
                            .message())
                    .endsWith("pod node label selector labels conflict with its namespace whitelist");
            annotate(api, "node-selector", "\"pool2=x\"");
            assertThat(api.post(PODS, pod("").replace("\"p\"", "\"q\""))
                            .expect(201)
                            .text("spec", "nodeSelector"))
                    .isEqualTo("{\"pool2\":\"x\"}");
        }
    }

    @Test
    void whatSelectsNoNodesIsNoConfiguration() {
        assertThatThrownBy(() -> NodeSelectorSettings.of(Map.of("podNodeSelectorPluginConfig", Map.of("ns", "a=b=c"))))
                .hasMessage("podNodeSelectorPluginConfig.ns: invalid selector: a=b=c");
        assertThatThrownBy(() -> NodeSelectorSettings.of(Map.of("other", Map.of())))
                .hasMessageContaining("podNodeSelectorPluginConfig");
        assertThatThrownBy(() -> PodTolerationSettings.of(Map.of("default", List.of(Map.of("ky", "a")))))
                .hasMessage("strict decoding error: unknown field \"default[].ky\"");
    }

    @Test
    void podsGetTheirNamespacesTolerationsAndNoMoreThanItAllows() {
        var settings = AdmissionSettings.STANDARD.withPodTolerations(
                PodTolerationSettings.of(Map.of("default", List.of(Map.of("key", "a", "operator", "Exists")))));
        try (var api = with(settings, "PodTolerationRestriction")) {
            assertThat(api.post(PODS, pod("")).expect(201).text("spec", "tolerations"))
                    .contains("{\"key\":\"a\",\"operator\":\"Exists\"}");
            annotate(api, "defaultTolerations", "\"[{\\\"key\\\":\\\"b\\\",\\\"operator\\\":\\\"Exists\\\"}]\"");
            annotate(
                    api,
                    "tolerationsWhitelist",
                    "\"[{\\\"key\\\":\\\"b\\\",\\\"operator\\\":\\\"Exists\\\"},"
                            + "{\\\"operator\\\":\\\"Exists\\\",\\\"effect\\\":\\\"NoExecute\\\"}]\"");
            var second = api.post(
                            PODS,
                            pod("\"tolerations\": [{\"key\": \"b\", \"value\": \"1\", \"operator\": \"Equal\"}],")
                                    .replace("\"p\"", "\"q\""))
                    .expect(201);
            assertThat(second.text("spec", "tolerations"))
                    .contains("\"key\":\"b\"")
                    .doesNotContain("\"key\":\"a\"")
                    .doesNotContain("\"value\":\"1\""); // covered by the namespace's
            assertThat(api.post(PODS, pod("\"tolerations\": [{\"key\": \"c\", \"operator\": \"Exists\"}],"))
                            .expect(403)
                            .message())
                    .endsWith("pod tolerations (possibly merged with namespace default tolerations) conflict with its"
                            + " namespace whitelist");
        }
    }

    @Test
    void podsKeepOthersOffTheirNodeOnly() {
        var affinity = """
                "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                  {"topologyKey": "%s", "labelSelector": {"matchLabels": {"a": "b"}}}]}},""";
        try (var api = with(AdmissionSettings.STANDARD, "LimitPodHardAntiAffinityTopology")) {
            api.post(PODS, pod(affinity.formatted("kubernetes.io/hostname"))).expect(201);
            assertThat(api.post(PODS, pod(affinity.formatted("zone")))
                            .expect(403)
                            .message())
                    .isEqualTo(
                            "pods \"p\" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey"
                                    + " zone but only key kubernetes.io/hostname is allowed");
        }
    }

    @Test
    void podsGetTheZoneOfTheirNodeAsTheyAreBound() {
        try (var api = with(AdmissionSettings.STANDARD)) {
            api.post(NODES, """
                    {"metadata": {"name": "n", "labels": {"topology.kubernetes.io/zone": "z1",
                      "topology.kubernetes.io/region": "r1", "other": "o"}}}""").expect(201);
            api.post(PODS, pod("").replace("\"name\": \"p\"", """
                    "name": "p", "labels": {"app": "x"}""")).expect(201);
            api.post(
                            PODS + "/p/binding",
                            "{\"metadata\": {\"name\": \"p\"}, \"target\": {\"kind\": \"Node\", \"name\": \"n\"}}")
                    .expect(201);
            assertThat(api.get(PODS + "/p").expect(200).text("metadata", "labels"))
                    .isEqualTo(
                            "{\"app\":\"x\",\"topology.kubernetes.io/region\":\"r1\",\"topology.kubernetes.io/zone\":\"z1\"}");
        }
    }

    @Test
    void namespacesAreMadeForWhoeverNeedsThem() {
        try (var api = with(AdmissionSettings.STANDARD, "NamespaceAutoProvision")) {
            api.post("/api/v1/namespaces/fresh/configmaps", "{\"metadata\": {\"name\": \"c\"}}")
                    .expect(201);
            api.get("/api/v1/namespaces/fresh").expect(200);
        }
        try (var api = with(AdmissionSettings.STANDARD, "NamespaceExists")) {
            assertThat(api.delete("/api/v1/namespaces/fresh/configmaps/c", "")
                            .expect(404)
                            .message())
                    .isNotEmpty();
        }
    }
}

package dev.navarch.scheduler.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.scheduler.SchedulerConfig;
import dev.navarch.scheduler.framework.ExtensionPoint;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigurationReaderTest {
    private static final String HEAD = """
        apiVersion: kubescheduler.config.k8s.io/v1
        kind: KubeSchedulerConfiguration
        """;

    private static SchedulerConfiguration read(String rest) {
        return SchedulerConfig.read(HEAD + rest, List.of()).configuration();
    }

    private static void refuses(String rest, String message) {
        assertThatThrownBy(() -> read(rest))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
    }

    @Test
    void whatIsNotGivenIsUpstreamsDefault() {
        assertThat(read("")).isEqualTo(SchedulerConfiguration.standard());
    }

    @Test
    void profilesPluginsAndExtendersAreRead() {
        var config = read("""
            percentageOfNodesToScore: 30
            podInitialBackoffSeconds: 2
            podMaxBackoffSeconds: 20
            profiles:
            - schedulerName: default-scheduler
            - schedulerName: packing
              percentageOfNodesToScore: 50
              plugins:
                multiPoint: {disabled: [{name: ImageLocality}]}
                score: {enabled: [{name: NodeResourcesFit, weight: 5}], disabled: [{name: "*"}]}
              pluginConfig:
              - name: NodeResourcesFit
                args: {scoringStrategy: {type: MostAllocated, resources: [{name: cpu, weight: 3}]}}
            extenders:
            - urlPrefix: http://127.0.0.1:8888/
              filterVerb: filter
              prioritizeVerb: prioritize
              weight: 2
              httpTimeout: 1m30s
              managedResources: [{name: example.com/foo, ignoredByScheduler: true}]
              ignorable: true
            """);
        assertThat(config.percentageOfNodesToScore()).isEqualTo(30);
        assertThat(config.podMaxBackoff()).isEqualTo(Duration.ofSeconds(20));
        var packing = config.profiles().get(1);
        assertThat(packing.everywhere().disabled()).containsExactly("ImageLocality");
        assertThat(packing.at(ExtensionPoint.SCORE).enabled())
                .containsExactly(new SchedulerConfiguration.PluginSet.Enabled("NodeResourcesFit", 5));
        assertThat(packing.percentageOfNodesToScore()).hasValue(50);
        var extender = config.extenders().getFirst();
        assertThat(extender.timeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(extender.ignoredByScheduler()).isEqualTo(Set.of("example.com/foo"));
    }

    @Test
    void mistakesAreToldAsUpstreamTellsThem() {
        refuses("unknown: 1", "strict decoding error: unknown field \"unknown\"");
        refuses(
                "profiles: [{schedulerName: a, plugins: {scoring: {}}}]",
                "strict decoding error: unknown field \"profiles[0].plugins.scoring\"");
        refuses("parallelism: 0", "parallelism: Invalid value: 0: should be an integer value greater than zero");
        refuses(
                "percentageOfNodesToScore: 101",
                "percentageOfNodesToScore: Invalid value: 101: not in valid range [0-100]");
        refuses("podInitialBackoffSeconds: 0", "podInitialBackoffSeconds: Invalid value: 0: must be greater than 0");
        refuses(
                "podInitialBackoffSeconds: 11",
                "podMaxBackoffSeconds: Invalid value: 10: must be greater than or equal to PodInitialBackoffSeconds");
        refuses(
                "profiles: [{schedulerName: a}, {schedulerName: a}]",
                "profiles[1].schedulerName: Duplicate value: \"profiles[0].schedulerName\"");
        refuses("profiles: [{schedulerName: a}, {}]", "profiles[1].schedulerName: Required value");
        refuses(
                "extenders: [{prioritizeVerb: p}]",
                "extenders[0].weight: Invalid value: 0: must have a positive weight applied to it");
        refuses(
                "extenders: [{bindVerb: a}, {bindVerb: b}]",
                "extenders: Invalid value: \"found 2 extenders implementing bind\": only one extender can implement bind");
        refuses(
                "extenders: [{managedResources: [{name: cpu}]}]",
                "extenders[0].managedResources[0].name: Invalid value: \"cpu\": is an invalid extended resource name");
    }

    @Test
    void argumentsOfPluginsAreChecked() {
        refuses(
                "profiles: [{pluginConfig: [{name: InterPodAffinity, args: {hardPodAffinityWeight: 101}}]}]",
                "profiles[0].pluginConfig[0].args.hardPodAffinityWeight: Invalid value: 101: not in valid range [0, 100]");
        refuses(
                "profiles: [{pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: Other}}}]}]",
                "profiles[0].pluginConfig[0].args.scoringStrategy.type: Unsupported value: \"Other\": supported values:"
                        + " \"LeastAllocated\", \"MostAllocated\", \"RequestedToCapacityRatio\"");
        refuses(
                "profiles: [{pluginConfig: [{name: PodTopologySpread, args: {defaultConstraints:"
                        + " [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway}]}}]}]",
                "profiles[0].pluginConfig[0].args.defaultingType: Invalid value: \"System\": when .defaultConstraints are"
                        + " not empty");
        refuses(
                "profiles: [{pluginConfig: [{name: VolumeBinding, args: {bindTimeoutSeconds: -1}}]}]",
                "profiles[0].pluginConfig[0].args.bindTimeoutSeconds: Invalid value: -1: invalid BindTimeoutSeconds,"
                        + " should not be a negative value");
        refuses(
                "profiles: [{pluginConfig: [{name: NodePorts, args: {any: 1}}]}]",
                "decoding profiles[0].pluginConfig[0].args: decoding args for plugin NodePorts: strict decoding error:"
                        + " unknown field \"any\"");
    }

    @Test
    void hostileTextIsRefused() {
        for (var text : List.of("", "[]", "a: b: c", "kind: KubeSchedulerConfiguration", "{}", "\u0000")) {
            assertThatThrownBy(() -> SchedulerConfig.read(text, List.of())).isInstanceOf(ConfigurationException.class);
        }
        assertThatThrownBy(() -> read("profiles: 3\nextenders: {a: b}")).isInstanceOf(ConfigurationException.class);
    }
}

package dev.navarch.controllers.horizontalpodautoscaler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.Json;
import dev.navarch.client.Key;
import dev.navarch.client.Selectors;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The cases of kubernetes pkg/controller/podautoscaler/horizontal_test.go. */
final class AutoscalingTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Key KEY = new Key("ns", "web");
    private static final String CPU =
            "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: %d}}}";
    private static final String QPS =
            "{type: Pods, pods: {metric: {name: qps}, target: {type: AverageValue, averageValue: '%s'}}}";
    private static final String OBJECT = "{type: Object, object: {describedObject: {apiVersion: apps/v1, kind:"
            + " Deployment, name: some-deployment}, metric: {name: qps}, target: {type: %s, %s: '%s'}}}";
    private static final String EXTERNAL =
            "{type: External, external: {metric: {name: qps, selector: {}}, target: {type: %s, %s: '%s'}}}";

    private final ManualTime time = new ManualTime(NOW);
    private final FakeMetrics metrics = new FakeMetrics(NOW);
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final List<String> events = new ArrayList<>();
    private final Target target = new Target();
    private FakePods pods = new FakePods(NOW);
    private final Autoscaling autoscaling = new Autoscaling(
            target,
            metrics,
            (_, selector) -> pods.all.stream()
                    .filter(p -> Selectors.matches(selector, p))
                    .toList(),
            (_, warning, reason, message) -> events.add((warning ? "! " : "") + reason + ": " + message),
            new AutoscalerMetrics(registry),
            new AutoscalerSettings(
                    Duration.ofSeconds(15),
                    0.1,
                    Duration.ofMinutes(5),
                    new PodGroups.Periods(Duration.ofMinutes(2), Duration.ofSeconds(10)),
                    1),
            time);

    private HorizontalPodAutoscaler autoscaler = autoscaler(2, 6, "");

    /** What is scaled. */
    private static final class Target implements ScaleTargets {
        int wanted;
        int there;
        String selector = "name=pod";
        boolean broken;
        boolean refusing;

        void size(int replicas) {
            wanted = replicas;
            there = replicas;
        }

        @Override
        public Scale get(String namespace, CrossVersionObjectReference target) throws ScaleFailure {
            if (broken) {
                throw new ScaleFailure("failed to query scale subresource", "something went wrong");
            }
            return new Scale(wanted, there, selector);
        }

        @Override
        public void set(String namespace, CrossVersionObjectReference target, int replicas) throws ScaleFailure {
            if (refusing) {
                throw new ScaleFailure("failed to rescale", "something went wrong");
            }
            wanted = replicas;
        }
    }

    private static HorizontalPodAutoscaler autoscaler(int least, int most, String rest, String... specs) {
        var yaml = "{metadata: {name: web, namespace: ns}, spec: {scaleTargetRef: {kind: Deployment, name: web,"
                + " apiVersion: apps/v1}, minReplicas: " + least + ", maxReplicas: " + most + ", metrics: ["
                + String.join(", ", specs) + "]" + rest + "}}";
        return Yaml.autoscaler(yaml);
    }

    private FakePods pods() {
        pods = new FakePods(NOW);
        return pods;
    }

    private void cpu(long... eachContainer) {
        for (int i = 0; i < eachContainer.length; i++) {
            eachContainer[i] *= 2;
        }
        metrics.with("cpu", eachContainer);
    }

    /** As if nothing had been recommended before. */
    private void forgotten() {
        autoscaling.history(KEY).recommend(0, NOW.minus(Duration.ofDays(1)));
    }

    private Optional<String> look() {
        var outcome = autoscaling.look(autoscaler);
        autoscaler.setStatus(outcome.status());
        return outcome.failure();
    }

    private String condition(String type) {
        return autoscaler.getStatus().getConditions().stream()
                .filter(c -> c.getType().equals(type))
                .map(c -> c.getStatus() + " " + c.getReason())
                .findFirst()
                .orElse("none");
    }

    private String metricsText() throws IOException {
        var out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.builder().build().write(out, registry.scrape());
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void scalesUpAndSaysSo() throws IOException {
        autoscaler = autoscaler(2, 6, "", CPU.formatted(30));
        target.size(3);
        pods().ready(3, "1");
        cpu(300, 500, 700);
        assertThat(look()).isEmpty();
        assertThat(target.wanted).isEqualTo(5);
        assertThat(events)
                .containsExactly(
                        "SuccessfulRescale: New size: 5; reason: cpu resource utilization (percentage of request) above"
                                + " target");
        assertThat(condition("AbleToScale")).isEqualTo("True SucceededRescale");
        assertThat(condition("ScalingActive")).isEqualTo("True ValidMetricFound");
        assertThat(condition("ScalingLimited")).isEqualTo("False DesiredWithinRange");
        var status = autoscaler.getStatus();
        assertThat(status.getCurrentReplicas()).isEqualTo(3);
        assertThat(status.getDesiredReplicas()).isEqualTo(5);
        assertThat(status.getLastScaleTime()).isEqualTo("2026-01-01T00:00:00Z");
        var current = status.getCurrentMetrics().getFirst().getResource().getCurrent();
        assertThat(current.getAverageUtilization()).isEqualTo(50);
        assertThat(current.getAverageValue()).hasToString("1");
        assertThat(metricsText())
                .contains(
                        "horizontal_pod_autoscaler_controller_reconciliations_total{action=\"scale_up\",error=\"none\"} 1")
                .contains("horizontal_pod_autoscaler_controller_metric_computation_total{action=\"scale_up\","
                        + "error=\"none\",metric_type=\"Resource\"} 1")
                .contains("horizontal_pod_autoscaler_controller_desired_replicas{hpa_name=\"web\",namespace=\"ns\"} 5")
                .contains("horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers 1");
        autoscaling.forget(KEY);
        assertThat(metricsText())
                .contains("horizontal_pod_autoscaler_controller_num_horizontal_pod_autoscalers 0")
                .doesNotContain("hpa_name=\"web\"");
    }

    @Test
    void theMetricThatWantsMostDecides() {
        autoscaler = autoscaler(1, 100, "", CPU.formatted(30), QPS.formatted("15"));
        target.size(3);
        pods().ready(3, "1");
        cpu(300, 400, 500);
        metrics.with("qps", 20000, 10000, 90000);
        assertThat(look()).isEmpty();
        assertThat(events.getLast()).endsWith("pods metric qps above target");
        assertThat(target.wanted).isEqualTo(6); // eight are asked for, and a target doubles at most
        assertThat(condition("ScalingLimited")).isEqualTo("True ScaleUpLimit");
    }

    @Test
    void aFailingMetricHoldsBackScaleDownsAlone() {
        autoscaler = autoscaler(2, 6, "", "{type: CheddarCheese}", CPU.formatted(30));
        target.size(3);
        pods().ready(3, "1");
        cpu(300, 400, 500);
        assertThat(look())
                .hasValueSatisfying(why -> assertThat(why)
                        .isEqualTo("invalid metrics (1 invalid out of 2), first error is: unknown metric source type"
                                + " \"CheddarCheese\""));
        assertThat(target.wanted).isEqualTo(4);
        assertThat(events).contains("! InvalidMetricSourceType: unknown metric source type \"CheddarCheese\"");
        target.size(4);
        forgotten();
        cpu(10, 10, 10);
        assertThat(look()).isPresent();
        assertThat(target.wanted).isEqualTo(4);
        assertThat(condition("ScalingActive")).isEqualTo("False InvalidMetricSourceType");
    }

    @Test
    void whatHoldsTheTargetBackIsToldByConditions() {
        autoscaler = autoscaler(2, 5, "", CPU.formatted(90));
        target.size(3);
        pods().ready(1, "0.9").ready(1, "1").ready(1, "1.1");
        cpu(8000, 9500, 1000);
        look();
        assertThat(target.wanted).isEqualTo(5);
        assertThat(condition("ScalingLimited")).isEqualTo("True TooManyReplicas");
        autoscaling.forget(KEY);
        forgotten();
        target.size(3);
        cpu(10, 95, 10);
        look();
        assertThat(target.wanted).isEqualTo(2);
        assertThat(condition("ScalingLimited")).isEqualTo("True TooFewReplicas");
        assertThat(events.getLast()).isEqualTo("SuccessfulRescale: New size: 2; reason: All metrics below target");
    }

    @Test
    void boundsHoldWithoutMetrics() {
        autoscaler = autoscaler(3, 5, "", CPU.formatted(90));
        target.size(2);
        look();
        assertThat(target.wanted).isEqualTo(3);
        assertThat(events)
                .containsExactly("SuccessfulRescale: New size: 3; reason: Current number of replicas below"
                        + " Spec.MinReplicas");
        target.size(10);
        look();
        assertThat(target.wanted).isEqualTo(5);
        assertThat(events.getLast()).endsWith("Current number of replicas above Spec.MaxReplicas");
        assertThat(condition("AbleToScale")).isEqualTo("True SucceededRescale");
        target.size(0);
        assertThat(look()).isEmpty();
        assertThat(target.wanted).isZero();
        assertThat(condition("AbleToScale")).isEqualTo("True SucceededGetScale");
        assertThat(condition("ScalingActive")).isEqualTo("False ScalingDisabled");
        assertThat(autoscaler.getStatus().getDesiredReplicas()).isZero();
    }

    @Test
    void toZeroAndBackWhereTheAutoscalerMay() {
        autoscaler = autoscaler(0, 6, "", OBJECT.formatted("Value", "value", "20"));
        target.size(5);
        forgotten();
        pods().ready(5, "1");
        metrics.with("qps", 0);
        look();
        assertThat(target.wanted).isZero();
        target.size(0);
        metrics.with("qps", 30000);
        look();
        assertThat(target.wanted).isEqualTo(2);
        assertThat(autoscaler
                        .getStatus()
                        .getCurrentMetrics()
                        .getFirst()
                        .getObject()
                        .getCurrent()
                        .getValue())
                .hasToString("30");
    }

    @Test
    void externalMetricsWholeAndShared() {
        autoscaler = autoscaler(2, 6, "", EXTERNAL.formatted("Value", "value", "6666m"));
        target.size(3);
        pods().ready(3, "1");
        metrics.with("qps", 8600);
        look();
        assertThat(target.wanted).isEqualTo(4);
        assertThat(events.getLast())
                .endsWith("external metric qps(&LabelSelector{MatchLabels:map[string]string{},"
                        + "MatchExpressions:[]LabelSelectorRequirement{},}) above target");
        autoscaler = autoscaler(2, 6, "", EXTERNAL.formatted("AverageValue", "averageValue", "2222m"));
        target.size(3);
        look();
        assertThat(target.wanted).isEqualTo(4);
        assertThat(autoscaler
                        .getStatus()
                        .getCurrentMetrics()
                        .getFirst()
                        .getExternal()
                        .getCurrent()
                        .getAverageValue())
                .hasToString("2867m");
        autoscaler = autoscaler(2, 6, "", OBJECT.formatted("AverageValue", "averageValue", "10"));
        target.size(3);
        metrics.with("qps", 40000);
        look();
        assertThat(target.wanted).isEqualTo(4);
    }

    @Test
    void aTargetThatSurgesIsLeftAlone() {
        autoscaler = autoscaler(1, 8, "", CPU.formatted(50));
        target.wanted = 4;
        target.there = 5;
        pods().ready(5, "1");
        cpu(500, 500, 500, 500, 500);
        assertThat(look()).isEmpty();
        assertThat(target.wanted).isEqualTo(4);
        assertThat(condition("AbleToScale")).isEqualTo("True ReadyForNewScale");
        assertThat(events).isEmpty();
    }

    @Test
    void eachSourceFailsUnderItsOwnName() {
        target.size(3);
        pods().ready(3, "1");
        metrics.broken = true;
        record Case(String reason, String spec) {}
        for (var each : List.of(
                new Case("FailedGetResourceMetric", CPU.formatted(10)),
                new Case(
                        "FailedGetContainerResourceMetric",
                        "{type: ContainerResource, containerResource: {container: container1, name: cpu, target:"
                                + " {type: Utilization, averageUtilization: 30}}}"),
                new Case("FailedGetPodsMetric", QPS.formatted("15")),
                new Case("FailedGetObjectMetric", OBJECT.formatted("Value", "value", "15")),
                new Case("FailedGetExternalMetric", EXTERNAL.formatted("Value", "value", "15")))) {
            autoscaler = autoscaler(1, 100, "", each.spec);
            events.clear();
            assertThat(look()).isPresent();
            assertThat(condition("ScalingActive")).isEqualTo("False " + each.reason);
            assertThat(condition("AbleToScale")).isEqualTo("True SucceededGetScale");
            assertThat(events.getFirst()).startsWith("! " + each.reason + ": ");
            assertThat(events.getLast())
                    .startsWith("! FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is:"
                            + " failed to get ");
        }
        autoscaler = autoscaler(1, 100, "", CPU.formatted(10));
        events.clear();
        look();
        assertThat(events)
                .containsExactly(
                        "! FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource"
                                + " cpu: something went wrong",
                        "! FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to"
                                + " get cpu resource metric value: failed to get cpu utilization: unable to get metrics"
                                + " for resource cpu: something went wrong");
    }

    @Test
    void theScaleThatCannotBeReadOrWrittenIsTold() {
        autoscaler = autoscaler(1, 5, "", CPU.formatted(100));
        target.size(3);
        target.broken = true;
        assertThat(look()).contains("failed to query scale subresource for Deployment/ns/web: something went wrong");
        assertThat(condition("AbleToScale")).isEqualTo("False FailedGetScale");
        assertThat(events).containsExactly("! FailedGetScale: something went wrong");
        target.broken = false;
        target.refusing = true;
        pods().ready(3, "0.1");
        cpu(150, 150, 150);
        assertThat(look()).contains("failed to rescale Deployment/ns/web: something went wrong");
        assertThat(condition("AbleToScale")).isEqualTo("False FailedUpdateScale");
        assertThat(events.getLast())
                .isEqualTo("! FailedRescale: New size: 5; reason: cpu resource utilization (percentage of request)"
                        + " above target; error: something went wrong");
    }

    @Test
    void selectorsMustBeThereReadableAndNobodyElses() {
        autoscaler = autoscaler(1, 100, "", CPU.formatted(10));
        target.size(3);
        pods().ready(3, "1");
        cpu(100, 200, 300);
        target.selector = "";
        look();
        assertThat(condition("ScalingActive")).isEqualTo("False InvalidSelector");
        assertThat(events.getFirst()).isEqualTo("! SelectorRequired: selector is required");
        target.selector = "cheddar cheese";
        look();
        assertThat(condition("ScalingActive")).isEqualTo("False InvalidSelector");
        target.selector = "name=pod";
        autoscaling.selectors().put(new Key("ns", "another"), LabelSelector.parse("name in (pod, nothing)"));
        autoscaling.selectors().put(new Key("elsewhere", "third"), LabelSelector.parse("name=pod"));
        look();
        assertThat(condition("ScalingActive")).isEqualTo("False AmbiguousSelector");
        assertThat(events)
                .contains("! AmbiguousSelector: pods by selector name=pod are controlled by multiple HPAs: [ns/another"
                        + " ns/web]");
        assertThat(target.wanted).isEqualTo(3);
        autoscaling.forget(new Key("ns", "another"));
        look();
        assertThat(condition("ScalingActive")).isEqualTo("True ValidMetricFound");
    }

    @Test
    void theHighestRecommendationOfFiveMinutesHoldsATargetUp() {
        autoscaler = autoscaler(1, 5, "", CPU.formatted(100));
        target.size(4);
        pods().ready(3, "0.1");
        cpu(50, 50, 50);
        look();
        assertThat(target.wanted).isEqualTo(4);
        assertThat(condition("AbleToScale")).isEqualTo("True ScaleDownStabilized");
        time.advance(Duration.ofMinutes(5).plusSeconds(1));
        look();
        assertThat(target.wanted).isEqualTo(2);
    }

    @Test
    void nothingToWriteWhileNothingChanges() {
        autoscaler = autoscaler(2, 6, "", CPU.formatted(30));
        target.size(3);
        pods().ready(1, "1").hot(2, "1");
        cpu(400, 500, 700);
        look();
        var before = Json.mapper().writeValueAsString(autoscaler.getStatus());
        time.advance(Duration.ofSeconds(15));
        look();
        assertThat(Json.mapper().writeValueAsString(autoscaler.getStatus())).isEqualTo(before);
    }
}

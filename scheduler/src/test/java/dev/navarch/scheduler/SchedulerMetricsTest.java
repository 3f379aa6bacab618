package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Measures;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.framework.Stopwatch;
import dev.navarch.scheduler.plugins.NodeName;
import dev.navarch.scheduler.plugins.NodeResourcesFit;
import dev.navarch.scheduler.plugins.NodeUnschedulable;
import dev.navarch.scheduler.plugins.PrioritySort;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class SchedulerMetricsTest {
    private static final String PROFILE = "default-scheduler";

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final Profile profile = Profile.of(
            PROFILE,
            List.of(new PrioritySort(), new NodeUnschedulable(), new NodeName(), new NodeResourcesFit()),
            Map.of());

    private static String text(SchedulerMetrics metrics) {
        var out = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(out, metrics.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    private SchedulingQueue queue(SchedulerMetrics metrics) {
        var queue = new SchedulingQueue(time, List.of(profile), SchedulingQueue.Backoff.STANDARD, metrics);
        metrics.show(queue, new ClusterCache(), () -> 2, () -> 3);
        metrics.show(List.of(profile));
        return queue;
    }

    /** All of them, once. */
    private String everything() throws InterruptedException {
        var metrics = new SchedulerMetrics(time, () -> true);
        try (var queue = queue(metrics)) {
            var measures = metrics.measures(PROFILE);
            measures.preempted(1);
            measures.evicted(true, Duration.ZERO);
            measures.claimMade(true);
            measures.awaitedDevices(Set.of("d"), Measures.DeviceWait.TIMEOUT, Duration.ZERO);
            measures.volumesFailed("bind");
            metrics.attempted(PROFILE, "scheduled", 0);
            metrics.decided(0);
            metrics.ran(Stopwatch.Call.FILTER, Status.Code.SUCCESS, PROFILE, 0);
            metrics.bound(1, 0, true);
            metrics.permitted("Success", 0);
            metrics.handled("NodeAdd", 0);
            metrics.called("pod_binding", true, 0);
            queue.add(pod("p"));
            queue.rejected(queue.take(), Set.of("NodeResourcesFit"));
            queue.observe(new ClusterEvent.NodeAdded(TestPods.node("tiny", "1m", "1Mi")));
            queue.add(pod("q"));
            queue.take();
            algorithm(metrics).decide(new PodInfo(pod("r")), snapshot("n"));
            return text(metrics);
        }
    }

    private Algorithm algorithm(SchedulerMetrics metrics) {
        return new Algorithm(profile, new Random(1), Algorithm.SearchSettings.standard(), metrics);
    }

    private static ClusterSnapshot snapshot(String... nodes) {
        var cache = new ClusterCache();
        for (var node : nodes) {
            cache.setNode(TestPods.node(node, "4", "4Gi"));
        }
        var snapshot = new ClusterSnapshot(_ -> Map.of());
        cache.bringUpToDate(snapshot);
        return snapshot;
    }

    private static Pod pod(String name) {
        return new PodBuilder(TestPods.pod(name, "1", "1Gi"))
                .editMetadata()
                .withUid("uid-" + name)
                .endMetadata()
                .build();
    }

    /** source: pkg/scheduler/metrics/metrics.go of 1.36: name, type, stability, labels, first and last bucket, how many. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            schedule_attempts_total                       | counter   | STABLE | profile result                 |
            scheduling_attempt_duration_seconds           | histogram | STABLE | profile result                 | 0.001 16.384 15
            scheduling_algorithm_duration_seconds         | histogram | ALPHA  |                                | 0.001 16.384 15
            framework_extension_point_duration_seconds    | histogram | STABLE | extension_point profile status | 0.0001 0.2048 12
            plugin_execution_duration_seconds             | histogram | ALPHA  | extension_point plugin status  | 0.00001 0.022168 20
            plugin_evaluation_total                       | counter   | BETA   | extension_point plugin profile |
            queueing_hint_execution_duration_seconds      | histogram | ALPHA  | event hint plugin              | 0.00001 0.022168 20
            event_handling_duration_seconds               | histogram | ALPHA  | event                          | 0.0001 0.2048 12
            inflight_events                               | gauge     | ALPHA  | event                          |
            pod_scheduling_sli_duration_seconds           | histogram | BETA   | attempts                       | 0.01 5242.88 20
            pod_scheduling_attempts                       | histogram | STABLE |                                | 1 16 5
            pod_scheduled_after_flush_total               | counter   | ALPHA  |                                |
            preemption_victims                            | histogram | STABLE |                                | 1 64 7
            preemption_attempts_total                     | counter   | STABLE |                                |
            preemption_goroutines_duration_seconds        | histogram | ALPHA  | result                         | 0.01 5242.88 20
            preemption_goroutines_execution_total         | counter   | ALPHA  | result                         |
            queue_incoming_pods_total                     | counter   | STABLE | event queue                    |
            pending_pods                                  | gauge     | STABLE | queue                          |
            unschedulable_pods                            | gauge     | BETA   | plugin profile                 |
            goroutines                                    | gauge     | BETA   | operation                      |
            permit_wait_duration_seconds                  | histogram | BETA   | result                         | 0.001 16.384 15
            cache_size                                    | gauge     | ALPHA  | type                           |
            async_api_call_execution_total                | counter   | ALPHA  | call_type result               |
            async_api_call_execution_duration_seconds     | histogram | ALPHA  | call_type result               | 0.001 16.384 15
            pending_async_api_calls                       | gauge     | ALPHA  | call_type                      |
            resourceclaim_creates_total                   | counter   | ALPHA  | status                         |
            dra_bindingconditions_allocations_total       | counter   | ALPHA  | driver profile status          |
            dra_bindingconditions_wait_duration_seconds   | histogram | ALPHA  | driver profile status          | 0.1 819.2 14
            volume_scheduling_stage_error_total           | counter   | ALPHA  | operation                      |
            """)
    void metricsAreUpstreams(String name, String type, String stability, String labels, String buckets)
            throws Exception {
        var lines = everything()
                .lines()
                .filter(line -> line.contains("scheduler_" + name))
                .toList();
        assertThat(lines).contains("# TYPE scheduler_" + name + " " + type);
        assertThat(lines.getFirst()).startsWith("# HELP scheduler_" + name + " [" + stability + "] ");
        var suffix = type.equals("histogram") ? "_count" : "";
        var series = lines.stream()
                .filter(line -> line.startsWith("scheduler_" + name + suffix))
                .findFirst()
                .orElseThrow();
        var found = Pattern.compile("([a-z_]+)=\"")
                .matcher(series)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(found).containsExactly(labels == null ? new String[0] : labels.split(" "));
        if (buckets != null) {
            var wanted = Arrays.stream(buckets.split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            var bounds = lines.stream()
                    .filter(line -> line.contains("_bucket{") && !line.contains("+Inf"))
                    .map(line -> line.replaceAll(".*le=\"([^\"]*)\".*", "$1"))
                    .map(Double::valueOf)
                    .distinct()
                    .toList();
            assertThat(bounds).hasSize((int) wanted[2]);
            assertThat(bounds.getFirst()).isEqualTo(wanted[0]);
            assertThat(bounds.getLast()).isCloseTo(wanted[1], org.assertj.core.data.Percentage.withPercentage(0.1));
        }
    }

    private static Map<String, String> values(SchedulerMetrics metrics, String name) {
        return text(metrics)
                .lines()
                .filter(line -> line.startsWith("scheduler_" + name + "{"))
                .collect(Collectors.toMap(
                        line -> String.join(
                                " ",
                                Pattern.compile("\"([^\"]*)\"")
                                        .matcher(line)
                                        .results()
                                        .map(match -> match.group(1))
                                        .toList()),
                        line -> line.substring(line.lastIndexOf(' ') + 1)));
    }

    @Test
    void pluginsAreCountedAndInSomeCyclesMeasured() {
        var next = new boolean[] {true};
        var metrics = new SchedulerMetrics(time, () -> next[0]);
        try (var _ = queue(metrics)) {
            var algorithm = algorithm(metrics);
            assertThat(algorithm.decide(new PodInfo(pod("p")), snapshot("a", "b")))
                    .isInstanceOf(Decision.Placed.class);
            var measured = values(metrics, "plugin_execution_duration_seconds_count");
            assertThat(measured)
                    .containsEntry("Filter NodeUnschedulable Success", "2")
                    .containsEntry("Filter NodeResourcesFit Success", "2")
                    .containsEntry("Score NodeResourcesFit Success", "2")
                    .containsEntry("ScoreExtensionNormalize NodeResourcesFit Success", "1");
            assertThat(values(metrics, "plugin_evaluation_total"))
                    .containsEntry("Filter NodeResourcesFit " + PROFILE, "2.0")
                    .containsEntry("Score NodeResourcesFit " + PROFILE, "2.0");
            next[0] = false;
            algorithm.decide(new PodInfo(pod("q")), snapshot("c", "d"));
            assertThat(values(metrics, "plugin_execution_duration_seconds_count"))
                    .isEqualTo(measured);
            assertThat(values(metrics, "plugin_evaluation_total"))
                    .containsEntry("Filter NodeResourcesFit " + PROFILE, "4.0");
        }
    }

    @Test
    void aTenthOfTheCyclesIsMeasured() {
        var metrics = new SchedulerMetrics(time);
        int sampled = 0;
        for (int i = 0; i < 10_000; i++) {
            sampled += metrics.cycle().stopwatch() == Stopwatch.NONE ? 0 : 1;
        }
        assertThat(sampled).isBetween(900, 1100);
    }

    @Test
    void theQueueTellsHintsEventsAndWhoWasBroughtBackByTimeAlone() throws Exception {
        var metrics = new SchedulerMetrics(time, () -> false);
        try (var queue = queue(metrics)) {
            queue.add(pod("p"));
            var pod = queue.take();
            queue.observe(new ClusterEvent.NodeAdded(TestPods.node("tiny", "1m", "1Mi")));
            queue.observe(new ClusterEvent.NodeAdded(TestPods.node("tinier", "1m", "1Mi")));
            queue.update(
                    pod("p"),
                    new PodBuilder(pod("p"))
                            .editSpec()
                            .withPriority(1)
                            .endSpec()
                            .build());
            assertThat(values(metrics, "inflight_events"))
                    .isEqualTo(Map.of("PodPopped", "1.0", "NodeAdd", "2.0", "UnschedulablePodUpdate", "1.0"));
            queue.rejected(pod, Set.of("NodeResourcesFit"));
            assertThat(values(metrics, "inflight_events")).isEmpty();
            queue.observe(new ClusterEvent.NodeRemoved(TestPods.node("tiny", "1m", "1Mi")));
            assertThat(values(metrics, "queueing_hint_execution_duration_seconds_count"))
                    .containsEntry("NodeAdd QueueSkip NodeResourcesFit", "2")
                    .doesNotContainKey("NodeDelete QueueSkip NodeResourcesFit");
            time.advance(Duration.ofMinutes(6));
            assertThat(queue.take().flushed).isTrue();
            assertThat(values(metrics, "queue_incoming_pods_total"))
                    .containsEntry("UnschedulableTimeout active", "1.0")
                    .containsEntry("ScheduleAttemptFailure unschedulable", "1.0");
            queue.rejected(pod, Set.of("NodeResourcesFit"));
            queue.observe(new ClusterEvent.NodeAdded(TestPods.node("large", "4", "4Gi")));
            assertThat(queue.take().flushed).isFalse();
            assertThat(values(metrics, "queueing_hint_execution_duration_seconds_count"))
                    .containsEntry("NodeAdd Queue NodeResourcesFit", "1");
        }
    }
}

package dev.navarch.controllers.horizontalpodautoscaler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.controllers.horizontalpodautoscaler.ReplicaCalculator.Proposal;
import dev.navarch.controllers.horizontalpodautoscaler.ReplicaCalculator.Target;
import dev.navarch.controllers.horizontalpodautoscaler.ReplicaCalculator.Utilization;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricIdentifier;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The cases of kubernetes pkg/controller/podautoscaler/replica_calculator_test.go; each pod has two containers. */
final class ReplicaCalculatorTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final PodGroups.Periods PERIODS =
            new PodGroups.Periods(Duration.ofMinutes(2), Duration.ofSeconds(10));
    private static final CrossVersionObjectReference OBJECT =
            new CrossVersionObjectReference("apps/v1", "Deployment", "some-deployment");
    private static final MetricIdentifier QPS = new MetricIdentifier("qps", null);

    private final ManualTime time = new ManualTime(NOW);
    private final FakeMetrics metrics = new FakeMetrics(NOW);
    private FakePods pods = new FakePods(NOW);
    private Tolerances tolerances = new Tolerances(0.1, 0.1);

    private ReplicaCalculator calculator() {
        return new ReplicaCalculator(metrics, (_, _) -> pods.all, PERIODS, time);
    }

    private Target target(int replicas) {
        return new Target("ns", LabelSelector.ofLabels(FakePods.LABELS), replicas, tolerances);
    }

    /** @param each use of each container of each pod */
    private Utilization utilization(int replicas, int percent, long... each) throws MetricsFailure {
        var both = each.clone();
        for (int i = 0; i < both.length; i++) {
            both[i] *= 2;
        }
        metrics.with("cpu", both);
        return calculator().byUtilization(target(replicas), percent, "cpu", "");
    }

    private Utilization ofContainer(int replicas, int percent, long... each) throws MetricsFailure {
        metrics.with("container2/cpu", each);
        return calculator().byUtilization(target(replicas), percent, "cpu", "container2");
    }

    private FakePods pods() {
        pods = new FakePods(NOW);
        return pods;
    }

    @Test
    void readyPodsThatUseMoreThanTheTargetWantMore() throws MetricsFailure {
        pods().ready(3, "1");
        assertThat(utilization(3, 30, 300, 500, 700)).isEqualTo(new Utilization(5, 50, 1000));
        assertThat(ofContainer(3, 30, 300, 500, 700)).isEqualTo(new Utilization(5, 50, 500));
    }

    @Test
    void unreadyPodsCountAsIdleWhereMoreAreWanted() throws MetricsFailure {
        pods().unready(1, "1").ready(2, "1");
        assertThat(utilization(3, 30, 300, 500, 700)).isEqualTo(new Utilization(4, 60, 1200));
        pods().hot(1, "1").ready(2, "1");
        assertThat(utilization(3, 30, 300, 500, 700)).isEqualTo(new Utilization(4, 60, 1200));
        assertThat(ofContainer(3, 30, 300, 500, 700)).isEqualTo(new Utilization(4, 60, 600));
        pods().ready(1, "1").unready(2, "1");
        assertThat(utilization(3, 30, 400, 500, 700)).isEqualTo(new Utilization(3, 40, 800));
        pods().ready(1, "1").hot(2, "1");
        assertThat(utilization(3, 30, 400, 500, 700)).isEqualTo(new Utilization(3, 40, 800));
    }

    @Test
    void failedAndDeletedPodsDontCount() throws MetricsFailure {
        pods().ready(2, "1").phase(2, "1", "Failed");
        assertThat(utilization(2, 30, 500, 700)).isEqualTo(new Utilization(4, 60, 1200));
        assertThat(ofContainer(2, 30, 500, 700)).isEqualTo(new Utilization(4, 60, 600));
        pods().ready(2, "1").deleting(2, "1");
        assertThat(utilization(2, 30, 500, 700)).isEqualTo(new Utilization(4, 60, 1200));
        pods().ready(5, "1").phase(2, "1", "Failed");
        assertThat(utilization(5, 50, 100, 300, 500, 250, 250)).isEqualTo(new Utilization(3, 28, 560));
        pods().ready(5, "1").deleting(2, "1");
        assertThat(utilization(5, 50, 100, 300, 500, 250, 250)).isEqualTo(new Utilization(3, 28, 560));
    }

    @Test
    void fewerAreWantedWhereLessIsUsed() throws MetricsFailure {
        pods().ready(5, "1");
        assertThat(utilization(5, 50, 100, 300, 500, 250, 250)).isEqualTo(new Utilization(3, 28, 560));
        assertThat(ofContainer(5, 50, 100, 300, 500, 250, 250)).isEqualTo(new Utilization(3, 28, 280));
        pods().ready(3, "1").unready(2, "1");
        assertThat(utilization(5, 50, 100, 300, 500, 250, 250)).isEqualTo(new Utilization(2, 30, 600));
        pods().ready(1, "1").phase(4, "1", "Pending");
        assertThat(utilization(5, 50, 100)).isEqualTo(new Utilization(1, 10, 200));
        pods().ready(3, "1").hot(2, "1");
        assertThat(utilization(5, 50, 100, 300, 500, 250, 250)).isEqualTo(new Utilization(2, 30, 600));
        assertThat(ofContainer(5, 50, 100, 300, 500, 1000, 1000)).isEqualTo(new Utilization(2, 30, 300));
    }

    @Test
    void metricsOfStrangersSayNothing() {
        pods().ready(1, "1");
        pods.all.getFirst().getMetadata().setName("an-older-pod-name");
        assertThatThrownBy(() -> utilization(1, 100, 100)).hasMessage("no metrics returned matched known pods");
    }

    @Test
    void metricsBeyondThePodsAreLeftOut() throws MetricsFailure {
        pods().ready(4, "1");
        assertThat(utilization(4, 100, 4000, 9500, 3000, 7000, 3200, 2000)).isEqualTo(new Utilization(24, 587, 11750));
    }

    @Test
    void podsWithoutMetricsUseAllWhereFewerAreWantedAndNothingWhereMoreAre() throws MetricsFailure {
        pods().ready(4, "1");
        assertThat(utilization(4, 100, 400, 95)).isEqualTo(new Utilization(3, 24, 495));
        pods().ready(2, "1");
        assertThat(utilization(2, 100, 1000)).isEqualTo(new Utilization(2, 100, 2000));
        assertThat(utilization(2, 100, 1900)).isEqualTo(new Utilization(2, 190, 3800));
        assertThat(utilization(2, 100, 600)).isEqualTo(new Utilization(2, 60, 1200));
        pods().unready(1, "1").ready(2, "1");
        assertThat(utilization(3, 50, 100, 450)).isEqualTo(new Utilization(3, 45, 900));
        assertThat(utilization(3, 50, 100, 2000)).isEqualTo(new Utilization(4, 200, 4000));
        pods().hot(1, "1").ready(2, "1");
        assertThat(utilization(3, 50, 100, 450)).isEqualTo(new Utilization(3, 45, 900));
        assertThat(utilization(3, 50, 100, 2000)).isEqualTo(new Utilization(4, 200, 4000));
        pods().unready(1, "1").ready(3, "1");
        assertThat(utilization(4, 50, 100, 100, 100)).isEqualTo(new Utilization(3, 10, 200));
        pods().unready(1, "1").ready(1, "1").ready(2, "2");
        assertThat(utilization(4, 300, 200, 100, 100)).isEqualTo(new Utilization(2, 6, 200));
    }

    @Test
    void morePodsThanReplicasDontTurnTheDirection() throws MetricsFailure {
        pods().ready(3, "1");
        assertThat(utilization(2, 50, 100, 100)).isEqualTo(new Utilization(2, 10, 200));
        metrics.with("qps", 10000, 10000);
        assertThat(calculator().byPods(target(2), 17000, QPS)).isEqualTo(new Proposal(2, 10000));
    }

    @Test
    void whatCannotBeKnownIsSaid() {
        pods().ready(3, "1");
        assertThatThrownBy(() -> utilization(4, 100))
                .hasMessage("unable to get metrics for resource cpu: no metrics returned from resource metrics API");
        pods().ready(1, "");
        assertThatThrownBy(() -> utilization(1, 100, 200))
                .hasMessage("missing request for cpu in container container1 of Pod pod-0");
        pods();
        assertThatThrownBy(() -> utilization(1, 100, 200))
                .hasMessage("no pods returned by selector while calculating replica count");
        pods().unready(1, "1");
        assertThatThrownBy(() -> utilization(1, 100, 200))
                .hasMessage("did not receive metrics for targeted pods (pods might be unready)");
        metrics.broken = true;
        assertThatThrownBy(() -> calculator().byObject(target(1), 100, QPS, OBJECT))
                .hasMessage("unable to get metric qps: Deployment on ns some-deployment/something went wrong");
        var selector = new LabelSelectorBuilder().addToMatchLabels("a", "b").build();
        assertThatThrownBy(() -> calculator().byExternal(target(1), 100, new MetricIdentifier("qps", selector)))
                .hasMessage("unable to get external metric ns/qps/&LabelSelector{MatchLabels:map[string]string{a: b,},"
                        + "MatchExpressions:[]LabelSelectorRequirement{},}: something went wrong");
    }

    @Test
    void averagesOfPodsMetrics() throws MetricsFailure {
        pods().ready(3, "1");
        metrics.with("qps", 20000, 10000, 30000);
        assertThat(calculator().byPods(target(3), 15000, QPS)).isEqualTo(new Proposal(4, 20000));
        metrics.with("memory", 20000, 10000, 30000);
        assertThat(calculator().byUsage(target(3), 15000, "memory", "")).isEqualTo(new Proposal(4, 20000));
        pods().ready(2, "1").unready(1, "1"); // readiness is nothing to metrics other than cpu
        metrics.with("qps", 50000, 10000, 30000);
        assertThat(calculator().byPods(target(3), 15000, QPS)).isEqualTo(new Proposal(6, 30000));
        pods().unready(1, "1").ready(1, "1").unready(1, "1");
        metrics.with("qps", 50000, 15000, 30000);
        assertThat(calculator().byPods(target(3), 15000, QPS)).isEqualTo(new Proposal(7, 31666));
        pods().ready(5, "1");
        metrics.with("qps", 12000, 12000, 12000, 12000, 12000);
        assertThat(calculator().byPods(target(5), 20000, QPS)).isEqualTo(new Proposal(3, 12000));
        metrics.with("qps", 20000, 19000, 21000);
        assertThat(calculator().byPods(target(5), 20000, QPS)).isEqualTo(new Proposal(5, 20000));
    }

    @Test
    void objectsAndWhatIsOutside() throws MetricsFailure {
        pods().ready(3, "1");
        metrics.with("qps", 20000);
        assertThat(calculator().byObject(target(3), 15000, QPS, OBJECT)).isEqualTo(new Proposal(4, 20000));
        assertThat(calculator().byObjectPerPod(target(3), 3, 5000, QPS, OBJECT)).isEqualTo(new Proposal(4, 6667));
        metrics.with("qps", 8600);
        assertThat(calculator().byExternal(target(3), 6666, QPS)).isEqualTo(new Proposal(4, 8600));
        assertThat(calculator().byExternalPerPod(target(3), 3, 2150, QPS)).isEqualTo(new Proposal(4, 2867));
        pods().unready(1, "1").ready(1, "1").unready(1, "1"); // only the ready one counts
        metrics.with("qps", 50000);
        assertThat(calculator().byObject(target(3), 10000, QPS, OBJECT)).isEqualTo(new Proposal(5, 50000));
        metrics.with("qps", 8600);
        assertThat(calculator().byExternal(target(3), 4400, QPS)).isEqualTo(new Proposal(2, 8600));
        pods().ready(5, "1");
        assertThat(calculator().byExternal(target(5), 14334, QPS)).isEqualTo(new Proposal(3, 8600));
        assertThat(calculator().byExternalPerPod(target(5), 5, 2867, QPS)).isEqualTo(new Proposal(3, 1720));
        metrics.with("qps", 12000);
        assertThat(calculator().byObject(target(5), 20000, QPS, OBJECT)).isEqualTo(new Proposal(3, 12000));
        metrics.with("qps", 6000);
        assertThat(calculator().byObjectPerPod(target(5), 5, 2000, QPS, OBJECT)).isEqualTo(new Proposal(3, 1200));
    }

    @Test
    void fromNothingOnlyTheMetricCounts() throws MetricsFailure {
        pods();
        metrics.with("qps", 20000);
        assertThat(calculator().byObject(target(0), 15000, QPS, OBJECT).replicas())
                .isEqualTo(2);
        metrics.with("qps", 1000);
        assertThat(calculator().byObject(target(0), 1000, QPS, OBJECT).replicas())
                .isEqualTo(1);
    }

    @Test
    void hugeValuesAreCapped() throws MetricsFailure {
        pods().ready(3, "1");
        metrics.with("qps", Long.MAX_VALUE);
        assertThat(calculator().byObject(target(3), 1, QPS, OBJECT))
                .isEqualTo(new Proposal(Integer.MAX_VALUE, Long.MAX_VALUE));
        assertThat(calculator().byExternalPerPod(target(1), 1, 1, QPS))
                .isEqualTo(new Proposal(Integer.MAX_VALUE, Long.MAX_VALUE));
        assertThat(calculator().byExternalPerPod(target(1), 1, Long.MAX_VALUE, QPS))
                .isEqualTo(new Proposal(1, Long.MAX_VALUE));
        metrics.with("qps", Long.MAX_VALUE / 2 + 1, Long.MAX_VALUE / 2 + 1);
        assertThat(calculator().byExternal(target(3), Long.MAX_VALUE, QPS)).isEqualTo(new Proposal(3, Long.MAX_VALUE));
    }

    @Test
    void aLittleOffTheTargetIsTolerated() throws MetricsFailure {
        pods().ready(1, "0.9").ready(1, "1").ready(1, "1.1");
        assertThat(utilization(3, 100, 1010, 1030, 1020)).isEqualTo(new Utilization(3, 102, 2040));
        metrics.with("qps", 20000, 21000, 21000);
        assertThat(calculator().byPods(target(3), 20000, QPS)).isEqualTo(new Proposal(3, 20666));
        metrics.with("qps", 20666);
        assertThat(calculator().byObject(target(3), 20000, QPS, OBJECT)).isEqualTo(new Proposal(3, 20666));
        metrics.with("qps", 20166);
        assertThat(calculator().byObjectPerPod(target(4), 4, 5000, QPS, OBJECT)).isEqualTo(new Proposal(4, 5042));
        metrics.with("qps", 8600);
        assertThat(calculator().byExternal(target(3), 8888, QPS)).isEqualTo(new Proposal(3, 8600));
        assertThat(calculator().byExternalPerPod(target(3), 3, 2900, QPS)).isEqualTo(new Proposal(3, 2867));
    }

    @Test
    void eachDirectionHasItsOwnTolerance() throws MetricsFailure {
        pods().ready(1, "0.9").ready(1, "1").ready(1, "1.1");
        tolerances = new Tolerances(0, 0);
        assertThat(utilization(3, 100, 909, 1010, 1111).replicas()).isEqualTo(4);
        tolerances = new Tolerances(0.1, 2);
        assertThat(utilization(3, 100, 1890, 1910, 1900).replicas()).isEqualTo(3);
        tolerances = new Tolerances(2, 0.08);
        assertThat(utilization(3, 100, 1100, 1080, 1090).replicas()).isEqualTo(4);
        tolerances = new Tolerances(0.36, 0.1);
        assertThat(utilization(3, 100, 660, 640, 650).replicas()).isEqualTo(3);
        tolerances = new Tolerances(0.34, 0.1);
        assertThat(utilization(3, 100, 660, 640, 650).replicas()).isEqualTo(2);
        tolerances = new Tolerances(0.1, 0.01);
        metrics.with("qps", 20000, 21000, 21000);
        assertThat(calculator().byPods(target(3), 20000, QPS).replicas()).isEqualTo(4);
        metrics.with("qps", 20666);
        assertThat(calculator().byObject(target(3), 20000, QPS, OBJECT).replicas())
                .isEqualTo(4);
        metrics.with("qps", 20208);
        assertThat(calculator().byObjectPerPod(target(4), 4, 5000, QPS, OBJECT).replicas())
                .isEqualTo(5);
        metrics.with("qps", 8900);
        assertThat(calculator().byExternal(target(3), 8800, QPS).replicas()).isEqualTo(4);
        metrics.with("qps", 8600);
        assertThat(calculator().byExternalPerPod(target(3), 3, 2800, QPS).replicas())
                .isEqualTo(4);
    }

    private PodGroups groups(Duration age, boolean ready, Duration changed, Duration sampled, Duration window) {
        pods().pod("1", "Running", ready, age);
        pods.all
                .getFirst()
                .getStatus()
                .getConditions()
                .getFirst()
                .setLastTransitionTime(NOW.minus(changed).toString());
        var metric = new PodMetric(NOW.minus(sampled), window, 1);
        return PodGroups.of(pods.all, Map.of("pod-0", metric), "cpu", PERIODS, NOW);
    }

    @Test
    void useOfCpuCountsOnceThePodHasStarted() {
        var half = Duration.ofSeconds(30);
        var one = Duration.ofMinutes(1);
        var three = Duration.ofMinutes(3);
        var ten = Duration.ofMinutes(10);
        // while it starts: ready, and for a whole window
        assertThat(groups(one, true, half, Duration.ZERO, half).ready()).isOne();
        assertThat(groups(one, true, half, Duration.ZERO, one).unready()).contains("pod-0");
        assertThat(groups(one, false, half, Duration.ZERO, half).unready()).contains("pod-0");
        // later: unless it has never been ready
        assertThat(groups(three, true, three, Duration.ofMinutes(2), one).ready())
                .isOne();
        assertThat(groups(ten, false, Duration.ofMinutes(9), one, one).ready()).isOne();
        assertThat(groups(ten, false, Duration.ofSeconds(594), one, one).unready())
                .contains("pod-0");
        assertThat(groups(ten, false, Duration.ofSeconds(590), one, one).ready())
                .isOne();
        pods.all.getFirst().getStatus().setConditions(List.of());
        var metric = Map.of("pod-0", new PodMetric(NOW, one, 1));
        assertThat(PodGroups.of(pods.all, metric, "cpu", PERIODS, NOW).unready())
                .contains("pod-0");
        assertThat(PodGroups.of(pods.all, metric, "memory", PERIODS, NOW).ready())
                .isOne();
        assertThat(PodGroups.of(pods.all, Map.of(), "cpu", PERIODS, NOW).missing())
                .contains("pod-0");
    }

    @Test
    void requestsOfPodsAndContainers() throws MetricsFailure {
        pods().ready(1, "100m");
        var pod = pods.all.getFirst();
        assertThat(PodRequests.of(pods.all, "", "cpu")).containsExactly(Map.entry("pod-0", 200L));
        assertThat(PodRequests.of(pods.all, "container1", "cpu")).containsExactly(Map.entry("pod-0", 100L));
        assertThatThrownBy(() -> PodRequests.of(pods.all, "nobody", "cpu"))
                .hasMessage("container nobody not found in Pod pod-0");
        var sidecar = new io.fabric8.kubernetes.api.model.ContainerBuilder()
                .withName("sidecar")
                .withRestartPolicy("Always")
                .withNewResources()
                .addToRequests("cpu", new Quantity("50m"))
                .endResources()
                .build();
        pod.getSpec().getInitContainers().add(sidecar);
        assertThat(PodRequests.of(pods.all, "", "cpu")).containsExactly(Map.entry("pod-0", 250L));
        pod.getSpec()
                .setResources(new ResourceRequirementsBuilder()
                        .addToRequests("cpu", new Quantity("800m"))
                        .build());
        assertThat(PodRequests.of(pods.all, "", "cpu")).containsExactly(Map.entry("pod-0", 800L));
        assertThat(PodRequests.of(pods.all, "container1", "cpu")).containsExactly(Map.entry("pod-0", 100L));
    }
}

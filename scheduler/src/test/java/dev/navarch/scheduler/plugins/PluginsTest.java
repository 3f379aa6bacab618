package dev.navarch.scheduler.plugins;

import static dev.navarch.scheduler.TestPods.info;
import static dev.navarch.scheduler.TestPods.node;
import static dev.navarch.scheduler.TestPods.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.NodeSelectors;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.NodeSelectorTermBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each plugin's results on single nodes. */
class PluginsTest {
    private static PodInfo of(Pod pod) {
        return new PodInfo(pod);
    }

    private static PodInfo small() {
        return of(pod("p", "100m", "1Mi"));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // taint key, value, effect; toleration operator, key, value, effect; tolerated
                "k, v, NoSchedule, Equal, k, v, NoSchedule, true",
                "k, v, NoSchedule, -, k, v, -, true",
                "k, v, NoSchedule, Equal, k, other, NoSchedule, false",
                "k, v, NoSchedule, Exists, k, -, NoSchedule, true",
                "k, v, NoSchedule, Exists, -, -, -, true",
                "k, v, NoSchedule, Exists, other, -, -, false",
                "k, v, NoExecute, Exists, k, -, NoSchedule, false",
                "k, v, NoExecute, Exists, k, -, NoExecute, true",
                "k, v, PreferNoSchedule, Equal, other, -, -, true",
                "k, -, NoSchedule, Equal, k, -, -, true",
                "k, v, NoSchedule, Unknown, k, v, -, false",
            })
    void taints(
            String key,
            String value,
            String effect,
            String operator,
            String tolerated,
            String toleratedValue,
            String toleratedEffect,
            boolean passes) {
        var node = new NodeBuilder(node("n", "1", "1Gi"))
                .editSpec()
                .withTaints(new Taint(effect, key, null, value))
                .endSpec()
                .build();
        var pod = new PodBuilder(pod("p", "1", "1Mi"))
                .editSpec()
                .withTolerations(new Toleration(toleratedEffect, tolerated, operator, null, toleratedValue))
                .endSpec()
                .build();
        var status = new TaintToleration().filter(new CycleState(), of(pod), info(node));
        assertThat(status).isEqualTo(passes ? Status.SUCCESS : Status.unresolvable("node(s) had untolerated taint(s)"));
    }

    @Test
    void discouragingTaintsLowerTheScore() {
        var plugin = new TaintToleration();
        var scores = new long[3];
        for (int i = 0; i < 3; i++) {
            var taints = new Taint[i];
            for (int t = 0; t < i; t++) {
                taints[t] = new Taint("PreferNoSchedule", "k" + t, null, "v");
            }
            var node = new NodeBuilder(node("n" + i, "1", "1Gi"))
                    .editSpec()
                    .withTaints(taints)
                    .endSpec()
                    .build();
            scores[i] = plugin.score(new CycleState(), small(), info(node));
        }
        assertThat(scores).containsExactly(0, 1, 2);
        Scores.fewerIsBetter(scores);
        assertThat(scores).containsExactly(100, 50, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "In, a, true",
        "In, b, false",
        "NotIn, a, false",
        "NotIn, b, true",
        "Exists, '', true",
        "DoesNotExist, '', false",
        "Gt, 1, false",
        "Unknown, a, false"
    })
    void nodeSelectorOperators(String operator, String value, boolean matches) {
        assertThat(matches("l", operator, value, Map.of("l", "a"))).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"Gt, 4, true", "Gt, 5, false", "Lt, 6, true", "Lt, 5, false", "Gt, x, false"})
    void nodeSelectorNumbers(String operator, String value, boolean matches) {
        assertThat(matches("l", operator, value, Map.of("l", "5"))).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"In, a, false", "NotIn, a, true", "Exists, '', false", "DoesNotExist, '', true", "Lt, 5, false"})
    void nodeSelectorsOfAnAbsentLabel(String operator, String value, boolean matches) {
        assertThat(matches("l", operator, value, Map.of())).isEqualTo(matches);
    }

    private static boolean matches(String key, String operator, String value, Map<String, String> labels) {
        return NodeSelectors.matches(term(key, operator, value), "n", labels);
    }

    private static NodeSelectorTerm term(String key, String operator, String... values) {
        return new NodeSelectorTermBuilder()
                .addNewMatchExpression()
                .withKey(key)
                .withOperator(operator)
                .withValues(Arrays.stream(values).filter(v -> !v.isEmpty()).toList())
                .endMatchExpression()
                .build();
    }

    @Test
    void aPodGoesToNodesThatDeclareWhatItNeeds() {
        var plugin = new NodeDeclaredFeatures();
        var state = new CycleState();
        var plain = pod("plain", "1", "1Mi");
        assertThat(plugin.preFilter(state, of(plain), TestSnapshot.of())
                        .status()
                        .skip())
                .isTrue();
        var pod = new PodBuilder(plain)
                .editSpec()
                .withHostNetwork(true)
                .withHostUsers(false)
                .editFirstContainer()
                .addNewRestartPolicyRule()
                .withAction("RestartAllContainers")
                .endRestartPolicyRule()
                .endContainer()
                .endSpec()
                .build();
        assertThat(plugin.preFilter(state, of(pod), TestSnapshot.of()).status().success())
                .isTrue();
        var old = node("n", "1", "1Gi");
        assertThat(plugin.filter(state, of(pod), info(old)))
                .isEqualTo(Status.unresolvable("node declared features check failed - unsatisfied requirements: "
                        + "RestartAllContainersOnContainerExits, UserNamespacesHostNetworkSupport"));
        var half = declaring(old, "RestartAllContainersOnContainerExits");
        assertThat(plugin.filter(state, of(pod), info(half)).reasons())
                .containsExactly("node declared features check failed - unsatisfied requirements: "
                        + "UserNamespacesHostNetworkSupport");
        var all = declaring(old, "RestartAllContainersOnContainerExits", "UserNamespacesHostNetworkSupport");
        assertThat(plugin.filter(state, of(pod), info(all)).success()).isTrue();
        assertThat(plugin.concernedBy(new ClusterEvent.NodeChanged(half, half))).isFalse();
        assertThat(plugin.concernedBy(new ClusterEvent.NodeChanged(half, all))).isTrue();
        assertThat(plugin.mayHelp(of(pod), new ClusterEvent.NodeChanged(old, half)))
                .isFalse();
        assertThat(plugin.mayHelp(of(pod), new ClusterEvent.NodeChanged(half, all)))
                .isTrue();
        assertThat(plugin.mayHelp(of(pod), new ClusterEvent.NodeAdded(old))).isFalse();
        assertThat(plugin.mayHelp(of(pod), new ClusterEvent.NodeAdded(all))).isTrue();
    }

    private static Node declaring(Node node, String... features) {
        return new NodeBuilder(node)
                .editStatus()
                .withDeclaredFeatures(features)
                .endStatus()
                .build();
    }

    @Test
    void nodeAffinityTermsAreAlternativesAndTheSelectorCountsToo() {
        var pod = new PodBuilder(pod("p", "1", "1Mi"))
                .editSpec()
                .withNodeSelector(Map.of("disk", "ssd"))
                .withNewAffinity()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .withNodeSelectorTerms(term("zone", "In", "a"), term("zone", "In", "b"))
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec()
                .build();
        var plugin = new NodeAffinity();
        for (var zone : List.of("a", "b", "c")) {
            for (var disk : List.of("ssd", "hdd")) {
                var node = node("n", "1", "1Gi", 110, Map.of("zone", zone, "disk", disk));
                assertThat(plugin.filter(new CycleState(), of(pod), info(node)).success())
                        .isEqualTo(!zone.equals("c") && disk.equals("ssd"));
            }
        }
        assertThat(plugin.filter(new CycleState(), of(pod), info(node("n", "1", "1Gi"))))
                .isEqualTo(Status.unresolvable("node(s) didn't match Pod's node affinity/selector"));
    }

    @Test
    void aDaemonPodLooksAtItsNodeAlone() {
        var pod = new PodBuilder(pod("p", "1", "1Mi"))
                .editSpec()
                .withNewAffinity()
                .withNewNodeAffinity()
                .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                .addNewNodeSelectorTerm()
                .addNewMatchField()
                .withKey("metadata.name")
                .withOperator("In")
                .withValues("n7")
                .endMatchField()
                .endNodeSelectorTerm()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endNodeAffinity()
                .endAffinity()
                .endSpec()
                .build();
        var result = new NodeAffinity().preFilter(new CycleState(), of(pod), TestSnapshot.of());
        assertThat(result.nodes()).hasValueSatisfying(names -> assertThat(names).containsExactly("n7"));
        assertThat(new NodeAffinity()
                        .filter(new CycleState(), of(pod), info(node("n7", "1", "1Gi")))
                        .success())
                .isTrue();
        assertThat(new NodeAffinity()
                        .filter(new CycleState(), of(pod), info(node("n8", "1", "1Gi")))
                        .success())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "'', TCP, 80, '', TCP, 80, true",
        "'', TCP, 80, '', UDP, 80, false",
        "'', TCP, 80, '', TCP, 81, false",
        "127.0.0.1, TCP, 80, '', TCP, 80, true",
        "127.0.0.1, TCP, 80, 127.0.0.2, TCP, 80, false",
        "127.0.0.1, TCP, 80, 127.0.0.1, TCP, 80, true",
    })
    void hostPorts(String ip, String protocol, int port, String ip2, String protocol2, int port2, boolean conflict) {
        var node = info(node("n", "1", "1Gi"), withPort("there", ip, protocol, port));
        var status = new NodePorts().filter(new CycleState(), of(withPort("new", ip2, protocol2, port2)), node);
        assertThat(status.success()).isEqualTo(!conflict);
        assertThat(status.reasons())
                .isEqualTo(
                        conflict ? List.of("node(s) didn't have free ports for the requested pod ports") : List.of());
    }

    private static Pod withPort(String name, String ip, String protocol, int port) {
        return new PodBuilder(pod(name, "1m", "1Mi"))
                .editSpec()
                .editFirstContainer()
                .addNewPort()
                .withHostIP(ip)
                .withProtocol(protocol)
                .withContainerPort(port)
                .withHostPort(port)
                .endPort()
                .endContainer()
                .endSpec()
                .build();
    }

    @Test
    void nodeNameAndCordon() {
        var named = new PodBuilder(pod("p", "1", "1Mi"))
                .editSpec()
                .withNodeName("a")
                .endSpec()
                .build();
        assertThat(new NodeName()
                        .filter(new CycleState(), of(named), info(node("a", "1", "1Gi")))
                        .success())
                .isTrue();
        assertThat(new NodeName().filter(new CycleState(), of(named), info(node("b", "1", "1Gi"))))
                .isEqualTo(Status.unresolvable("node(s) didn't match the requested node name"));
        var cordoned = new NodeBuilder(node("a", "1", "1Gi"))
                .editSpec()
                .withUnschedulable(true)
                .endSpec()
                .build();
        assertThat(new NodeUnschedulable().filter(new CycleState(), small(), info(cordoned)))
                .isEqualTo(Status.unresolvable("node(s) were unschedulable"));
        var tolerant = new PodBuilder(pod("p", "1", "1Mi"))
                .editSpec()
                .withTolerations(new Toleration("NoSchedule", "node.kubernetes.io/unschedulable", "Exists", null, null))
                .endSpec()
                .build();
        assertThat(new NodeUnschedulable()
                        .filter(new CycleState(), of(tolerant), info(cordoned))
                        .success())
                .isTrue();
    }

    @Test
    void allThatIsLackingIsSaidAndWhetherRoomCouldBeMade() {
        var fit = new NodeResourcesFit();
        var busy = info(node("n", "1", "1Gi", 1, Map.of()), pod("there", "800m", "900Mi"));
        assertThat(fit.filter(new CycleState(), of(pod("p", "500m", "500Mi")), busy))
                .isEqualTo(Status.unschedulable("Too many pods", "Insufficient cpu", "Insufficient memory"));
        assertThat(fit.filter(new CycleState(), of(pod("p", "2", "1Mi")), busy).code())
                .isEqualTo(Status.Code.UNRESOLVABLE);
        var gpu = of(pod("p", Map.of("example.com/gpu", new Quantity("1"))));
        assertThat(fit.filter(new CycleState(), gpu, info(node("n", "1", "1Gi"))))
                .isEqualTo(Status.unresolvable("Insufficient example.com/gpu"));
        var nothing = of(pod("p", Map.of()));
        var full = info(node("n", "1", "1Gi"), pod("there", "1", "1Gi"));
        assertThat(fit.filter(new CycleState(), nothing, full).success()).isTrue();
    }

    /** Upstream's own examples of its scores (source: noderesources, least_allocated_test.go, balanced_allocation_test.go). */
    @Test
    void resourceScores() {
        var pod = of(pod("p", "3000m", "5000"));
        var node = info(node("n", "4000m", "10000"));
        // cpu (4000-3000)*100/4000 = 25, memory (10000-5000)*100/10000 = 50
        assertThat(new NodeResourcesFit().score(new CycleState(), pod, node)).isEqualTo(37);
        // shares 0.75 and 0.5 make 87; the empty node had 100
        assertThat(new NodeResourcesBalancedAllocation().score(new CycleState(), pod, node))
                .isEqualTo(68);
        var skewed = info(node("n", "4000m", "10000"), pod("there", "1000m", "0"));
        // from shares 0.25 and 0, 87, to 1 and 0.5, 75
        assertThat(new NodeResourcesBalancedAllocation().score(new CycleState(), pod, skewed))
                .isEqualTo(69);
        var even = of(pod("p", "1000m", "2500"));
        assertThat(new NodeResourcesBalancedAllocation().score(new CycleState(), even, node))
                .isEqualTo(75);
        var bestEffort = of(pod("p", Map.of()));
        assertThat(new NodeResourcesBalancedAllocation()
                        .preScore(new CycleState(), bestEffort, List.of(node), TestSnapshot.of())
                        .skip())
                .isTrue();
    }

    @Test
    void nodesThatHaveTheImagesScoreHigher() {
        var plugin = new ImageLocality();
        var state = new CycleState();
        var with = info(new NodeBuilder(node("with", "1", "1Gi"))
                .editStatus()
                .addNewImage()
                .withNames("example/main:latest", "example/main@sha256:0")
                .withSizeBytes(500L << 20)
                .endImage()
                .endStatus()
                .build());
        var without = info(node("without", "1", "1Gi"));
        var snapshot = TestSnapshot.of(with, without);
        assertThat(plugin.preScore(state, small(), List.of(with, without), snapshot)
                        .success())
                .isTrue();
        // Half of the nodes have it: 250 MiB, less the least 23, of 1000 less 23.
        assertThat(plugin.score(state, small(), with)).isEqualTo(23);
        assertThat(plugin.score(state, small(), without)).isZero();
        assertThat(plugin.preScore(state, small(), List.of(without), TestSnapshot.of(without))
                        .skip())
                .isTrue();
    }

    /** The filter says what exact arithmetic on the original quantities says. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void fitIsThatOfObviousArithmetic(long seed) {
        var random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            var names = List.of("cpu", "memory", "ephemeral-storage", "example.com/gpu");
            var has = amounts(random, names, 40);
            Node node = new NodeBuilder(node("n", "0", "0"))
                    .editStatus()
                    .withAllocatable(with(has, "pods", random.nextInt(1, 8) + ""))
                    .endStatus()
                    .build();
            var pods = new Pod[random.nextInt(6)];
            for (int i = 0; i < pods.length; i++) {
                pods[i] = pod("p" + i, amounts(random, names, 8));
            }
            var wanted = pod("wanted", amounts(random, names, 15));
            assertThat(new NodeResourcesFit()
                            .filter(new CycleState(), of(wanted), info(node, pods))
                            .success())
                    .as("round %d", round)
                    .isEqualTo(fits(wanted, node, pods, names));
        }
    }

    private static Map<String, Quantity> with(Map<String, Quantity> amounts, String name, String amount) {
        var more = new HashMap<>(amounts);
        more.put(name, new Quantity(amount));
        return more;
    }

    private static Map<String, Quantity> amounts(Random random, List<String> names, int most) {
        var amounts = new HashMap<String, Quantity>();
        for (var name : names) {
            int amount = random.nextInt(most);
            if (random.nextInt(4) > 0) {
                var suffix = name.equals("example.com/gpu")
                        ? ""
                        : name.equals("cpu")
                                ? List.of("", "00m", "50m").get(random.nextInt(3))
                                : List.of("Mi", "M", "Gi").get(random.nextInt(3));
                amounts.put(name, new Quantity(amount + suffix));
            }
        }
        return amounts;
    }

    private static boolean fits(Pod wanted, Node node, Pod[] pods, List<String> names) {
        if (pods.length + 1 > amount(node.getStatus().getAllocatable(), "pods").intValue()) {
            return false;
        }
        for (var name : names) {
            var want = amount(requests(wanted), name);
            var sum = want;
            for (var pod : pods) {
                sum = sum.add(amount(requests(pod), name));
            }
            if (want.signum() > 0 && sum.compareTo(amount(node.getStatus().getAllocatable(), name)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, Quantity> requests(Pod pod) {
        return pod.getSpec().getContainers().getFirst().getResources().getRequests();
    }

    private static BigDecimal amount(Map<String, Quantity> amounts, String name) {
        var quantity = amounts.get(name);
        return quantity == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
    }
}

package dev.navarch.scheduler.plugins;

import static dev.navarch.scheduler.TestPods.info;
import static dev.navarch.scheduler.TestPods.node;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.TestPods;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.PodAffinityTermBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraintBuilder;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plugins that look beyond a node: at the pods in its topology. */
class TopologyPluginsTest {
    private static final String ZONE = "topology.kubernetes.io/zone";
    private static final String HOST = "kubernetes.io/hostname";
    private static final String AFFINITY = "node(s) didn't match pod affinity rules";
    private static final String ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules";
    private static final String EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules";
    private static final String SPREAD = "node(s) didn't match pod topology spread constraints";

    private static Pod pod(String name, String app) {
        return pod(name, app, new Affinity());
    }

    private static Pod pod(String name, String app, Affinity affinity, TopologySpreadConstraint... spread) {
        return new PodBuilder(TestPods.pod(name, "1m", "1Mi"))
                .editMetadata()
                .withUid("uid-" + name)
                .withLabels(Map.of("app", app))
                .endMetadata()
                .editSpec()
                .withAffinity(affinity)
                .withTopologySpreadConstraints(spread)
                .endSpec()
                .build();
    }

    private static LabelSelector app(String app) {
        return new LabelSelectorBuilder().addToMatchLabels("app", app).build();
    }

    private static PodAffinityTerm term(String app, String key) {
        return new PodAffinityTermBuilder()
                .withLabelSelector(app(app))
                .withTopologyKey(key)
                .build();
    }

    private static Affinity with(String app, String key) {
        return new AffinityBuilder()
                .withNewPodAffinity()
                .withRequiredDuringSchedulingIgnoredDuringExecution(term(app, key))
                .endPodAffinity()
                .build();
    }

    private static Affinity without(String app, String key) {
        return new AffinityBuilder()
                .withNewPodAntiAffinity()
                .withRequiredDuringSchedulingIgnoredDuringExecution(term(app, key))
                .endPodAntiAffinity()
                .build();
    }

    private static TopologySpreadConstraint spread(int skew, String key, String when, String app) {
        return new TopologySpreadConstraintBuilder()
                .withMaxSkew(skew)
                .withTopologyKey(key)
                .withWhenUnsatisfiable(when)
                .withLabelSelector(app(app))
                .build();
    }

    private static NodeInfo inZone(String name, String zone, Pod... pods) {
        return info(node(name, "10", "10Gi", 110, Map.of(ZONE, zone)), pods);
    }

    /** What the plugin says of the pod on each node; "" for yes. */
    private static <P extends Plugin.PreFilter & Plugin.Filter> Map<String, String> ask(
            P plugin, Pod pod, NodeInfo... nodes) {
        var state = new CycleState();
        var info = new PodInfo(pod);
        var result = plugin.preFilter(state, info, TestSnapshot.of(nodes));
        var answers = new LinkedHashMap<String, String>();
        for (var node : nodes) {
            var status = result.status().skip() ? Status.SUCCESS : plugin.filter(state, info, node);
            answers.put(node.name(), status.message());
        }
        return answers;
    }

    @Test
    void affinityWantsAPodInTheSameTopology() {
        assertThat(ask(
                        new InterPodAffinity(),
                        pod("p", "web", with("cache", ZONE)),
                        inZone("a1", "a", pod("c", "cache")),
                        inZone("a2", "a"),
                        inZone("b1", "b", pod("d", "other")),
                        info(node("none", "1", "1Gi"))))
                .isEqualTo(Map.of("a1", "", "a2", "", "b1", AFFINITY, "none", AFFINITY));
    }

    @Test
    void theFirstOfAGroupMayGoAnywhereThatHasTheLabel() {
        assertThat(ask(
                        new InterPodAffinity(),
                        pod("p", "web", with("web", ZONE)),
                        inZone("a1", "a", pod("c", "cache")),
                        info(node("none", "1", "1Gi"))))
                .isEqualTo(Map.of("a1", "", "none", AFFINITY));
    }

    @Test
    void antiAffinityHoldsInBothDirections() {
        assertThat(ask(
                        new InterPodAffinity(),
                        pod("p", "web", without("web", HOST)),
                        inZone("a1", "a", pod("w", "web")),
                        inZone("a2", "a")))
                .isEqualTo(Map.of("a1", ANTI_AFFINITY, "a2", ""));
        assertThat(ask(
                        new InterPodAffinity(),
                        pod("p", "web"),
                        inZone("a1", "a", pod("w", "hermit", without("web", ZONE))),
                        inZone("a2", "a"),
                        inZone("b1", "b")))
                .isEqualTo(Map.of("a1", EXISTING, "a2", EXISTING, "b1", ""));
    }

    @Test
    void termsLookAtTheirNamespaces() {
        var elsewhere = new PodBuilder(pod("c", "cache"))
                .editMetadata()
                .withNamespace("prod")
                .endMetadata()
                .build();
        var own = with("cache", ZONE);
        assertThat(ask(new InterPodAffinity(), pod("p", "web", own), inZone("a1", "a", elsewhere)))
                .isEqualTo(Map.of("a1", AFFINITY));
        var named = new AffinityBuilder()
                .withNewPodAffinity()
                .withRequiredDuringSchedulingIgnoredDuringExecution(new PodAffinityTermBuilder(term("cache", ZONE))
                        .withNamespaces("prod")
                        .build())
                .endPodAffinity()
                .build();
        assertThat(ask(new InterPodAffinity(), pod("p", "web", named), inZone("a1", "a", elsewhere)))
                .isEqualTo(Map.of("a1", ""));
        var selected = new AffinityBuilder()
                .withNewPodAffinity()
                .withRequiredDuringSchedulingIgnoredDuringExecution(new PodAffinityTermBuilder(term("cache", ZONE))
                        .withNewNamespaceSelector()
                        .addToMatchLabels("stage", "prod")
                        .endNamespaceSelector()
                        .build())
                .endPodAffinity()
                .build();
        var plugin = new InterPodAffinity();
        var node = inZone("a1", "a", elsewhere);
        for (var stage : List.of("prod", "test")) {
            var state = new CycleState();
            var info = new PodInfo(pod("p", "web", selected));
            plugin.preFilter(state, info, new TestSnapshot(List.of(node), Map.of("prod", Map.of("stage", stage))));
            assertThat(plugin.filter(state, info, node).success()).isEqualTo(stage.equals("prod"));
        }
    }

    @Test
    void preferencesOfBothSidesAreWeighed() {
        var likes = new AffinityBuilder()
                .withNewPodAffinity()
                .withPreferredDuringSchedulingIgnoredDuringExecution(
                        new WeightedPodAffinityTerm(term("cache", ZONE), 10))
                .endPodAffinity()
                .withNewPodAntiAffinity()
                .withPreferredDuringSchedulingIgnoredDuringExecution(
                        new WeightedPodAffinityTerm(term("noisy", ZONE), 4))
                .endPodAntiAffinity()
                .build();
        var nodes = new NodeInfo[] {
            inZone("a", "a", pod("c", "cache"), pod("n", "noisy")),
            inZone("b", "b", pod("n2", "noisy")),
            inZone("c", "c", pod("f", "fan", with("web", ZONE))),
            inZone("d", "d")
        };
        var plugin = new InterPodAffinity();
        var state = new CycleState();
        var pod = new PodInfo(pod("p", "web", likes));
        var snapshot = TestSnapshot.of(nodes);
        assertThat(plugin.preScore(state, pod, List.of(nodes), snapshot).success())
                .isTrue();
        var scores = new long[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            scores[i] = plugin.score(state, pod, nodes[i]);
        }
        assertThat(scores).containsExactly(6, -4, 1, 0);
        plugin.normalize(state, pod, snapshot, nodes, scores);
        assertThat(scores).containsExactly(100, 0, 50, 40);
    }

    @Test
    void spreadKeepsTheSkew() {
        var pod = pod("p", "web", new Affinity(), spread(1, ZONE, "DoNotSchedule", "web"));
        assertThat(ask(
                        new PodTopologySpread(_ -> List.of()),
                        pod,
                        inZone("a1", "a", pod("1", "web"), pod("2", "web")),
                        inZone("a2", "a"),
                        inZone("b1", "b", pod("3", "web")),
                        inZone("c1", "c", pod("4", "other")),
                        info(node("none", "1", "1Gi"))))
                .isEqualTo(Map.of(
                        "a1", SPREAD,
                        "a2", SPREAD,
                        "b1", SPREAD,
                        "c1", "",
                        "none", SPREAD + " (missing required label)"));
    }

    @Test
    void withTooFewDomainsTheEmptiestCountsAsEmpty() {
        var constraint = new TopologySpreadConstraintBuilder(spread(1, ZONE, "DoNotSchedule", "web"))
                .withMinDomains(3)
                .build();
        assertThat(ask(
                        new PodTopologySpread(_ -> List.of()),
                        pod("p", "web", new Affinity(), constraint),
                        inZone("a1", "a", pod("1", "web")),
                        inZone("b1", "b", pod("2", "web"))))
                .isEqualTo(Map.of("a1", SPREAD, "b1", SPREAD));
    }

    @Test
    void softSpreadPrefersTheEmptierDomain() {
        var pod = new PodInfo(pod("p", "web", new Affinity(), spread(1, ZONE, "ScheduleAnyway", "web")));
        var nodes = new NodeInfo[] {
            inZone("a1", "a", pod("1", "web"), pod("2", "web")), inZone("b1", "b", pod("3", "web")), inZone("c1", "c")
        };
        var plugin = new PodTopologySpread(_ -> List.of());
        var state = new CycleState();
        var snapshot = TestSnapshot.of(nodes);
        plugin.preScore(state, pod, List.of(nodes), snapshot);
        var scores = new long[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            scores[i] = plugin.score(state, pod, nodes[i]);
        }
        plugin.normalize(state, pod, snapshot, nodes, scores);
        assertThat(scores[0]).isLessThan(scores[1]);
        assertThat(scores[1]).isLessThan(scores[2]);
        assertThat(scores[2]).isEqualTo(100);
    }

    /** A node without a zone takes part all the same: only the pod's own constraints demand labels. */
    @Test
    void podsOfAServiceAreSpreadByDefault() {
        var pod = new PodInfo(pod("p", "web"));
        var nodes = new NodeInfo[] {
            inZone("a1", "a", pod("1", "web"), pod("2", "web")),
            inZone("a2", "a", pod("3", "other"), pod("4", "other")),
            info(node("bare", "10", "10Gi")),
        };
        var plugin =
                new PodTopologySpread(like -> List.of(dev.navarch.api.values.LabelSelector.ofLabels(like.labels())));
        var state = new CycleState();
        var snapshot = TestSnapshot.of(nodes);
        assertThat(plugin.preFilter(state, pod, snapshot).status().skip()).isTrue();
        assertThat(plugin.preScore(state, pod, List.of(nodes), snapshot).success())
                .isTrue();
        var scores = new long[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            scores[i] = plugin.score(state, pod, nodes[i]);
        }
        plugin.normalize(state, pod, snapshot, nodes, scores);
        assertThat(scores[0]).isLessThan(scores[1]);
        assertThat(scores[1]).isLessThan(scores[2]);
    }

    /** What the filters make of trial additions and removals is what they would make of such a cluster. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void trialsAreAsGoodAsTheRealThing(long seed) {
        var random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            var nodes = new NodeInfo[4];
            for (int n = 0; n < nodes.length; n++) {
                var pods = new Pod[random.nextInt(4)];
                for (int i = 0; i < pods.length; i++) {
                    pods[i] = randomPod("r" + round + "n" + n + "p" + i, random);
                }
                nodes[n] = inZone("n" + n, "z" + random.nextInt(3), pods);
            }
            var incoming = new PodInfo(randomPod("incoming", random));
            checkTrial(new InterPodAffinity(), incoming, nodes.clone(), random);
            checkTrial(new PodTopologySpread(_ -> List.of()), incoming, nodes.clone(), random);
        }
    }

    private static <P extends Plugin.PreFilter & Plugin.Filter & Plugin.TrialAware> void checkTrial(
            P plugin, PodInfo incoming, NodeInfo[] nodes, Random random) {
        var state = new CycleState();
        plugin.preFilter(state, incoming, TestSnapshot.of(nodes));
        if (!state.has(plugin)) {
            return;
        }
        var before = answers(plugin, state, incoming, nodes);
        var trial = state.copy();
        plugin.copyState(state, trial);
        var changed = nodes.clone();
        for (int i = 0; i < 4; i++) {
            int at = random.nextInt(nodes.length);
            if (!changed[at].pods().isEmpty() && random.nextBoolean()) {
                var other = changed[at].pods().getFirst();
                plugin.removed(trial, incoming, other, changed[at]);
                changed[at] = changed[at].without(other.uid());
            } else {
                var other = new PodInfo(randomPod("t" + i + random.nextInt(), random));
                plugin.added(trial, incoming, other, changed[at]);
                changed[at] = changed[at].with(other);
            }
        }
        var fresh = new CycleState();
        plugin.preFilter(fresh, incoming, TestSnapshot.of(changed));
        assertThat(answers(plugin, trial, incoming, changed)).isEqualTo(answers(plugin, fresh, incoming, changed));
        assertThat(answers(plugin, state, incoming, nodes)).isEqualTo(before);
    }

    private static List<Status> answers(Plugin.Filter plugin, CycleState state, PodInfo pod, NodeInfo[] nodes) {
        var answers = new ArrayList<Status>();
        for (var node : nodes) {
            answers.add(plugin.filter(state, pod, node));
        }
        return answers;
    }

    private static Pod randomPod(String name, Random random) {
        var apps = List.of("web", "cache", "db");
        var keys = List.of(ZONE, HOST);
        var app = apps.get(random.nextInt(3));
        var affinity = switch (random.nextInt(4)) {
            case 0 -> with(apps.get(random.nextInt(3)), keys.get(random.nextInt(2)));
            case 1 -> without(apps.get(random.nextInt(3)), keys.get(random.nextInt(2)));
            default -> new Affinity();
        };
        return pod(
                name, app, affinity, spread(1 + random.nextInt(2), keys.get(random.nextInt(2)), "DoNotSchedule", app));
    }
}

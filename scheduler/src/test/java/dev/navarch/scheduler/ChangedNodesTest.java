package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.plugins.InterPodAffinity;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A cycle costs what changed since the last, not the size of the cluster. Counted, not timed. */
class ChangedNodesTest {
    private static final int NODES = 1000;

    /** Names of nodes in the order in which the plugin was asked about them. */
    private static final class Watched implements Plugin.Filter, Plugin.Score, Plugin.NodeLocal {
        private final List<String> filtered = new ArrayList<>();
        private final List<String> scored = new ArrayList<>();

        @Override
        public String name() {
            return "Watched";
        }

        @Override
        public Object signature(PodInfo pod) {
            return pod.requests();
        }

        @Override
        public Status filter(CycleState state, PodInfo pod, NodeInfo node) {
            filtered.add(node.name());
            return Status.SUCCESS;
        }

        @Override
        public long score(CycleState state, PodInfo pod, NodeInfo node) {
            scored.add(node.name());
            return 1;
        }
    }

    private final Watched watched = new Watched();
    private final ClusterCache cache = new ClusterCache();
    private final List<String> namespacesAsked = new ArrayList<>();
    private final ClusterSnapshot snapshot = new ClusterSnapshot(name -> {
        namespacesAsked.add(name);
        return Map.of("team", "devops");
    });
    private final Algorithm algorithm = new Algorithm(
            Profile.of("s", List.of(watched, new InterPodAffinity()), Map.of()),
            new Random(1),
            new Algorithm.SearchSettings(100, List.of(), new Algorithm.Cursor()),
            new SchedulerMetrics(new ManualTime(Instant.EPOCH)));

    private String cycle(PodInfo pod) {
        watched.filtered.clear();
        watched.scored.clear();
        namespacesAsked.clear();
        cache.bringUpToDate(snapshot);
        var decision = algorithm.decide(pod, snapshot);
        assertThat(decision).isInstanceOf(Decision.Placed.class);
        return decision instanceof Decision.Placed(var node, var _) ? node : "";
    }

    private void nodes() {
        for (int i = 0; i < NODES; i++) {
            cache.setNode(TestPods.node("n" + i, "8", "8Gi"));
        }
    }

    @Test
    void ofNodesThatDidNotChangeNothingIsAsked() {
        nodes();
        cycle(new PodInfo(TestPods.pod("first", "1m", "1Mi")));
        cycle(new PodInfo(TestPods.pod("second", "1m", "1Mi")));
        assertThat(watched.filtered).hasSize(NODES);
        assertThat(watched.scored).hasSize(NODES);

        var third = new PodInfo(TestPods.pod("third", "1m", "1Mi"));
        var node = cycle(third);
        assertThat(watched.filtered).isEmpty();
        assertThat(watched.scored).isEmpty();

        cache.assume(third, node);
        cache.setNode(TestPods.node("n7", "16", "8Gi"));
        cache.setNode(TestPods.node("new", "8", "8Gi"));
        cycle(new PodInfo(TestPods.pod("fourth", "1m", "1Mi")));
        assertThat(watched.filtered).containsOnly(node, "n7", "new");
        assertThat(watched.scored).containsOnly(node, "n7", "new");
    }

    @Test
    void onlyWhatChangedIsBroughtIntoTheSnapshot() {
        nodes();
        cache.bringUpToDate(snapshot);
        var before = List.copyOf(snapshot.nodes());
        assertThat(cache.bringUpToDate(snapshot)).isZero();
        cache.assume(new PodInfo(TestPods.pod("p", "1m", "1Mi")), "n3");
        cache.setNode(TestPods.node("n5", "1", "1Gi"));
        assertThat(cache.bringUpToDate(snapshot)).isEqualTo(2);
        for (int i = 0; i < before.size(); i++) {
            var name = before.get(i).name();
            if (name.equals("n3") || name.equals("n5")) {
                assertThat(snapshot.nodes().get(i)).isNotSameAs(before.get(i));
            } else {
                assertThat(snapshot.nodes().get(i)).isSameAs(before.get(i));
            }
        }
    }

    /** Of pods alike there is one group, and one rule: however many there are, it is matched once. */
    @Test
    void affinityIsMatchedAgainstGroupsNotPods() {
        nodes();
        cycle(new PodInfo(affine("incoming")));
        for (int i = 0; i < 5 * NODES; i++) {
            cache.assume(new PodInfo(affine("p" + i)), "n" + i % NODES);
        }
        cycle(new PodInfo(affine("incoming")));
        assertThat(namespacesAsked.size())
                .as("times that a namespace's labels were looked at")
                .isLessThan(10);
    }

    private static io.fabric8.kubernetes.api.model.Pod affine(String name) {
        return new PodBuilder(TestPods.pod(name, "1m", "1Mi"))
                .editMetadata()
                .withUid("uid-" + name)
                .addToLabels("app", "a")
                .endMetadata()
                .editSpec()
                .withNewAffinity()
                .withNewPodAffinity()
                .addNewRequiredDuringSchedulingIgnoredDuringExecution()
                .withTopologyKey("kubernetes.io/hostname")
                .withNewLabelSelector()
                .addToMatchLabels("app", "a")
                .endLabelSelector()
                .withNewNamespaceSelector()
                .addToMatchLabels("team", "devops")
                .endNamespaceSelector()
                .endRequiredDuringSchedulingIgnoredDuringExecution()
                .endPodAffinity()
                .endAffinity()
                .endSpec()
                .build();
    }
}

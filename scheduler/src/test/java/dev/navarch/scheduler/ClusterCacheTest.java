package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodGroups;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.Resources;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterCacheTest {
    private static PodInfo pod(int number, Random random) {
        return new PodInfo(
                new PodBuilder(TestPods.pod("p" + number, random.nextInt(1, 900) + "m", random.nextInt(1, 900) + "Mi"))
                        .editMetadata()
                        .withUid("uid-" + number)
                        .withLabels(Map.of("app", "app" + random.nextInt(3)))
                        .withDeletionTimestamp(random.nextInt(5) == 0 ? "2026-01-01T00:00:00Z" : null)
                        .endMetadata()
                        .build());
    }

    /** After any history the snapshot, which only follows changes, is what a fresh sum over all pods gives. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theSnapshotIsTheSumOfItsPods(long seed) {
        var random = new Random(seed);
        var cache = new ClusterCache();
        var snapshot = new ClusterSnapshot(_ -> Map.of());
        Set<String> nodes = new HashSet<>();
        Map<String, String> placed = new HashMap<>();
        Map<String, PodInfo> pods = new HashMap<>();
        Set<String> assumed = new HashSet<>();
        for (int step = 0; step < 3_000; step++) {
            var node = "n" + random.nextInt(6);
            var pod = pod(random.nextInt(40), random);
            switch (random.nextInt(7)) {
                case 0 -> {
                    cache.setNode(TestPods.node(node, random.nextInt(1, 9) + "", "8Gi"));
                    nodes.add(node);
                }
                case 1 -> {
                    cache.removeNode(node);
                    nodes.remove(node);
                }
                case 2, 3 -> {
                    boolean expected = !placed.containsKey(pod.uid());
                    assertThat(cache.assume(pod, node)).isEqualTo(expected);
                    if (expected) {
                        placed.put(pod.uid(), node);
                        pods.put(pod.uid(), pod);
                        assumed.add(pod.uid());
                    }
                }
                case 4 -> {
                    cache.setPod(pod, node);
                    placed.put(pod.uid(), node);
                    pods.put(pod.uid(), pod);
                    assumed.remove(pod.uid());
                }
                case 5 -> {
                    cache.forget(pod);
                    if (assumed.remove(pod.uid())) {
                        placed.remove(pod.uid());
                    }
                }
                default -> {
                    cache.removePod(pod.uid());
                    placed.remove(pod.uid());
                    assumed.remove(pod.uid());
                }
            }
            if (random.nextInt(3) == 0) {
                cache.bringUpToDate(snapshot);
                check(snapshot, nodes, placed, pods);
            }
        }
    }

    private record NotTheFirst() implements PodGroups.Question {
        @Override
        public Set<String> namespaces() {
            return Set.of("default");
        }

        @Override
        public boolean matches(String namespace, Map<String, String> labels) {
            return !"app0".equals(labels.get("app"));
        }

        @Override
        public boolean living() {
            return true;
        }
    }

    private static void check(
            ClusterSnapshot snapshot, Set<String> nodes, Map<String, String> placed, Map<String, PodInfo> pods) {
        assertThat(snapshot.nodes()).extracting(NodeInfo::name).containsExactlyInAnyOrderElementsOf(nodes);
        Map<String, Integer> counts = new HashMap<>();
        placed.forEach((uid, node) -> {
            var pod = pods.get(uid);
            if (nodes.contains(node)
                    && !pod.terminating()
                    && !"app0".equals(pod.labels().get("app"))) {
                counts.merge(node, 1, Integer::sum);
            }
        });
        Map<String, Integer> counted = new HashMap<>();
        Map<String, Integer> byHost = new HashMap<>();
        for (var tally : snapshot.pods().where(new NotTheFirst())) {
            tally.byNode().forEach((node, count) -> counted.merge(node, count, Integer::sum));
            var hosts = snapshot.topologies().of("kubernetes.io/hostname");
            for (var node : snapshot.nodes()) {
                int count = tally.by(hosts).in(hosts.of(node));
                if (count > 0) {
                    byHost.merge(node.name(), count, Integer::sum);
                }
            }
        }
        assertThat(counted).isEqualTo(counts);
        assertThat(byHost).isEqualTo(counts);
        for (var info : snapshot.nodes()) {
            assertThat(snapshot.node(info.name())).containsSame(info);
            List<String> here = new ArrayList<>();
            placed.forEach((uid, node) -> {
                if (node.equals(info.name())) {
                    here.add(uid);
                }
            });
            assertThat(info.pods()).extracting(PodInfo::uid).containsExactlyInAnyOrderElementsOf(here);
            var sum = here.stream().map(pods::get).map(PodInfo::requests).reduce(Resources.NONE, Resources::plus);
            assertThat(info.requested()).isEqualTo(sum);
        }
    }
}

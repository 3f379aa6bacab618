package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The fast scheduler, with all that it remembers, against {@link PlainModel}: on random clusters that change all the time
 * it finds the same nodes for a pod, and gives them the same scores.
 */
@Timeout(300)
class PlainModelTest {
    private static final int STEPS = 400;
    private static final int KINDS = 40;
    private static final int NODES = 20;

    static LongStream seeds() {
        var more = Long.getLong("scheduler.seeds");
        return LongStream.rangeClosed(1, more == null ? 12 : more);
    }

    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, Pod> pods = new LinkedHashMap<>();
    private final ClusterCache cache = new ClusterCache();
    private final ClusterSnapshot snapshot =
            new ClusterSnapshot(name -> RandomCluster.NAMESPACES.getOrDefault(name, Map.of()));

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final Informers informers = new Informers(api.client(), time);

    @AfterEach
    void close() {
        informers.close();
    }

    private Algorithm algorithm() throws Exception {
        RandomCluster.objects(NODES).forEach(api::put);
        var metrics = new SchedulerMetrics(time);
        var assembly = new SchedulerAssembly(
                SchedulerConfig.standard(), api.client(), informers, time, new Random(2), metrics);
        var made = assembly.profiles().get("default-scheduler");
        made.recorder().close();
        informers.start();
        informers.awaitSynced(Duration.ofMinutes(2));
        return new Algorithm(
                made.profile(),
                new Random(3),
                new Algorithm.SearchSettings(100, List.of(), new Algorithm.Cursor()),
                metrics);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void feasibleNodesAndScoresAreThoseOfTheModel(long seed) throws Exception {
        var random = new Random(seed);
        var cluster = new RandomCluster(random);
        var algorithm = algorithm();
        int compared = 0;
        int feasible = 0;
        for (int step = 0; step < STEPS; step++) {
            change(random, cluster, step);
            if (nodes.isEmpty()) {
                continue;
            }
            cache.bringUpToDate(snapshot);
            var pod = cluster.pod("incoming-" + step, random.nextInt(KINDS));
            var model = new PlainModel(
                    List.copyOf(nodes.values()),
                    pods.values().stream()
                            .filter(other -> nodes.containsKey(other.getSpec().getNodeName()))
                            .toList(),
                    RandomCluster.NAMESPACES);
            var expected = model.scores(pod);
            assertThat(algorithm.scores(new PodInfo(pod), snapshot))
                    .as("seed %d, step %d, %s", seed, step, pod)
                    .isEqualTo(expected);
            compared++;
            feasible += expected.size();
            if (!expected.isEmpty() && random.nextBoolean()) {
                place(
                        pod,
                        expected.keySet().stream()
                                .skip(random.nextInt(expected.size()))
                                .findFirst()
                                .orElseThrow());
            }
        }
        assertThat(compared).isGreaterThan(STEPS / 2);
        assertThat(feasible).as("feasible nodes in all").isGreaterThan(compared);
    }

    private void place(Pod pod, String node) {
        var placed = new PodBuilder(pod).editSpec().withNodeName(node).endSpec().build();
        pods.put(placed.getMetadata().getUid(), placed);
        cache.setPod(new PodInfo(placed), node);
    }

    private void change(Random random, RandomCluster cluster, int step) {
        switch (random.nextInt(9)) {
            case 0, 1, 2 -> {
                var name = "node" + random.nextInt(NODES);
                var node = cluster.node(name);
                nodes.put(name, node);
                cache.setNode(node);
            }
            case 3 -> {
                if (random.nextInt(3) == 0) {
                    var name = "node" + random.nextInt(NODES);
                    nodes.remove(name);
                    cache.removeNode(name);
                }
            }
            case 4, 6 ->
                any(random).ifPresent(pod -> {
                    pods.remove(pod.getMetadata().getUid());
                    cache.removePod(pod.getMetadata().getUid());
                });
            case 5 ->
                any(random).ifPresent(pod -> {
                    var leaving = new PodBuilder(pod)
                            .editMetadata()
                            .withDeletionTimestamp("2026-01-01T00:00:00Z")
                            .endMetadata()
                            .build();
                    place(leaving, pod.getSpec().getNodeName());
                });
            default -> {
                if (!nodes.isEmpty()) {
                    var names = new ArrayList<>(nodes.keySet());
                    place(
                            cluster.pod("placed-" + step, random.nextInt(KINDS)),
                            names.get(random.nextInt(names.size())));
                }
            }
        }
    }

    private Optional<Pod> any(Random random) {
        return pods.isEmpty()
                ? Optional.empty()
                : pods.values().stream().skip(random.nextInt(pods.size())).findFirst();
    }
}

package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Preemption, with all that it remembers of nodes, against a plain computation: on clusters that change all the time it
 * makes room where that does the least harm.
 */
@Timeout(300)
class PreemptionModelTest {
    private static final int NODES = 8;
    private static final int STEPS = 300;
    private static final int CPUS = 4000;

    private final Map<String, Map<String, Pod>> nodes = new LinkedHashMap<>();
    private final ClusterCache cache = new ClusterCache();
    private final ClusterSnapshot snapshot = new ClusterSnapshot(_ -> Map.of());
    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final Informers informers = new Informers(api.client(), time);
    private final Map<String, Pod> nominated = new HashMap<>();
    private final Set<String> closed = new TreeSet<>();
    private int allowed = 1;

    @AfterEach
    void close() {
        informers.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void roomIsMadeWhereItDoesTheLeastHarm(long seed) throws Exception {
        var random = new Random(seed);
        var metrics = new SchedulerMetrics(time);
        var assembly = new SchedulerAssembly(
                SchedulerConfig.standard(), api.client(), informers, time, new Random(2), metrics);
        var made = assembly.profiles().get("default-scheduler");
        made.recorder().close();
        api.put(budget());
        informers.start();
        informers.awaitSynced(Duration.ofMinutes(2));
        var algorithm = new Algorithm(
                made.profile(),
                new Random(3),
                new Algorithm.SearchSettings(100, List.of(), new Algorithm.Cursor()),
                metrics);
        for (int i = 0; i < NODES; i++) {
            nodes.put("n" + i, new LinkedHashMap<>());
            setNode("n" + i);
        }
        int preempted = 0;
        for (int step = 0; step < STEPS; step++) {
            change(random, step, made.profile().nominations());
            cache.bringUpToDate(snapshot);
            var pod = pod("incoming-" + step, 1 + random.nextInt(3), 1000 * (1 + random.nextInt(3)), 0);
            var decision = algorithm.decide(new PodInfo(pod), snapshot);
            if (decision instanceof Decision.Unfit(var message, var _, var node)) {
                var best = best(pod);
                assertThat(node.orElse(""))
                        .as("seed %d, step %d, %s, %s", seed, step, message, nodes)
                        .satisfies(name -> assertThat(best.isEmpty() ? name.isEmpty() : best.contains(name))
                                .as("%s of %s", name, best)
                                .isTrue());
                preempted += best.isEmpty() ? 0 : 1;
            } else {
                assertThat(nodes.keySet())
                        .anyMatch(name -> fits(pod, name, nodes.get(name).values()));
            }
        }
        assertThat(preempted).as("decisions to preempt").isGreaterThan(STEPS / 10);
    }

    private void change(Random random, int step, Nominations nominations) {
        var name = "n" + random.nextInt(NODES);
        var here = nodes.get(name);
        switch (random.nextInt(12)) {
            case 0 -> {
                if (!closed.remove(name)) {
                    closed.add(name);
                }
                setNode(name);
            }
            case 1, 2 ->
                here.values().stream()
                        .skip(random.nextInt(here.size() + 1))
                        .findFirst()
                        .ifPresent(pod -> {
                            here.remove(pod.getMetadata().getUid());
                            cache.removePod(pod.getMetadata().getUid());
                        });
            case 3 -> {
                var pod = pod("nominated-" + name, 1 + random.nextInt(3), 1000, 0);
                if (nominated.remove(name) == null) {
                    nominated.put(name, pod);
                    nominations.set(new PodInfo(pod), name);
                } else {
                    nominations.remove(pod.getMetadata().getUid());
                }
            }
            case 4 -> {
                allowed = random.nextInt(3);
                var budget = api.put(budget());
                Await.until(
                        "the budget",
                        () -> informers
                                .of(PodDisruptionBudget.class)
                                .get(new Key("default", "careful"))
                                .filter(seen -> seen.getMetadata()
                                        .getResourceVersion()
                                        .equals(budget.getMetadata().getResourceVersion()))
                                .isPresent());
            }
            default -> {
                var pod = pod("placed-" + step, random.nextInt(3), 500 * (1 + random.nextInt(3)), random.nextInt(50));
                if (used(here.values()) + cpu(pod) <= CPUS) {
                    here.put(pod.getMetadata().getUid(), pod);
                    cache.setPod(new PodInfo(pod), name);
                }
            }
        }
    }

    private void setNode(String name) {
        var node = TestPods.node(name, CPUS + "m", "64Gi");
        node.getSpec().setUnschedulable(closed.contains(name));
        cache.setNode(node);
    }

    private static Pod pod(String name, int priority, int cpu, int started) {
        return new PodBuilder(TestPods.pod(name, cpu + "m", "1Mi"))
                .editMetadata()
                .withUid("uid-" + name)
                .addToLabels("careful", started % 2 == 0 ? "yes" : "no")
                .endMetadata()
                .editSpec()
                .withPriority(priority)
                .endSpec()
                .editStatus()
                .withStartTime(Instant.EPOCH.plusSeconds(started).toString())
                .endStatus()
                .build();
    }

    private PodDisruptionBudget budget() {
        return new PodDisruptionBudgetBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("careful")
                .endMetadata()
                .withNewSpec()
                .withNewSelector()
                .addToMatchLabels("careful", "yes")
                .endSelector()
                .endSpec()
                .withNewStatus()
                .withDisruptionsAllowed(allowed)
                .endStatus()
                .build();
    }

    // The plain computation

    private record Victims(String node, int violations, int highest, long sum, int count, Instant since) {}

    private static int cpu(Pod pod) {
        return (int) new PodInfo(pod).requests().cpuMillis();
    }

    private static int used(Iterable<Pod> pods) {
        int used = 0;
        for (var pod : pods) {
            used += cpu(pod);
        }
        return used;
    }

    private static int priority(Pod pod) {
        return pod.getSpec().getPriority();
    }

    private static Instant started(Pod pod) {
        return Instant.parse(pod.getStatus().getStartTime());
    }

    private boolean fits(Pod pod, String node, Iterable<Pod> others) {
        int beside = Optional.ofNullable(nominated.get(node))
                .filter(other -> priority(other) >= priority(pod))
                .map(PreemptionModelTest::cpu)
                .orElse(0);
        return !closed.contains(node) && used(others) + beside + cpu(pod) <= CPUS;
    }

    private Set<String> best(Pod pod) {
        var candidates = nodes.keySet().stream()
                .flatMap(name -> victims(pod, name).stream())
                .toList();
        var order = Comparator.comparingInt(Victims::violations)
                .thenComparingInt(Victims::highest)
                .thenComparingLong(Victims::sum)
                .thenComparingInt(Victims::count)
                .thenComparing(Victims::since, Comparator.reverseOrder());
        var least = candidates.stream().min(order);
        var names = new TreeSet<String>();
        candidates.stream()
                .filter(one -> order.compare(one, least.orElseThrow()) == 0)
                .forEach(one -> names.add(one.node));
        return names;
    }

    private Optional<Victims> victims(Pod pod, String node) {
        var stay = new ArrayList<Pod>();
        var lesser = new ArrayList<Pod>();
        nodes.get(node).values().forEach(other -> (priority(other) < priority(pod) ? lesser : stay).add(other));
        lesser.sort(Comparator.comparingInt(PreemptionModelTest::priority)
                .reversed()
                .thenComparing(PreemptionModelTest::started)
                .thenComparing(other -> other.getMetadata().getUid()));
        if (lesser.isEmpty() || !fits(pod, node, stay)) {
            return Optional.empty();
        }
        int left = allowed;
        var protectedOnes = new ArrayList<Pod>();
        for (var other : lesser) {
            if (other.getMetadata().getLabels().get("careful").equals("yes") && --left < 0) {
                protectedOnes.add(other);
            }
        }
        var order = new ArrayList<>(protectedOnes);
        lesser.stream().filter(other -> !protectedOnes.contains(other)).forEach(order::add);
        var victims = new ArrayList<Pod>();
        for (var other : order) {
            stay.add(other);
            if (!fits(pod, node, stay)) {
                stay.remove(other);
                victims.add(other);
            }
        }
        int highest =
                victims.stream().mapToInt(PreemptionModelTest::priority).max().orElse(Integer.MIN_VALUE);
        return Optional.of(new Victims(
                node,
                (int) victims.stream().filter(protectedOnes::contains).count(),
                highest,
                victims.stream()
                        .mapToLong(other -> priority(other) + (1L << 31))
                        .sum(),
                victims.size(),
                victims.stream()
                        .filter(other -> priority(other) == highest)
                        .map(PreemptionModelTest::started)
                        .min(Comparator.naturalOrder())
                        .orElse(Instant.MIN)));
    }
}

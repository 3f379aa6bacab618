package dev.navarch.scheduler;

import static dev.navarch.scheduler.TestDevices.deviceClass;
import static dev.navarch.scheduler.TestDevices.read;
import static dev.navarch.scheduler.TestDevices.slice;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pods with claims of devices against {@link PlainDevices}: on random clusters the scheduler finds the nodes that the
 * model finds, and what it writes into the claims is what the model allows. Classes and selectors, counts and all, first
 * available ones, administrators, counters that devices share, taints, constraints, and claims that others have already.
 */
@Timeout(300)
class DevicesModelTest {
    private static final int PODS = 12;
    private static final List<String> NODES = List.of("node0", "node1", "node2");

    static LongStream seeds() {
        var more = Long.getLong("scheduler.seeds");
        return LongStream.rangeClosed(1, more == null ? 25 : more);
    }

    /** A claim that was allocated before, which any pod may use where its devices are. */
    private record Shared(String name, String zone) {
        boolean reaches(String node) {
            return zone.isEmpty() || zone.equals(PlainDevices.zone(node));
        }

        ResourceClaim asClaim() {
            var where = zone.isEmpty()
                    ? ""
                    : ", nodeSelector: {nodeSelectorTerms: [{matchExpressions: "
                            + "[{key: zone, operator: In, values: [" + zone + "]}]}]}";
            return claim(name, "{}", "{devices: {results: []}" + where + "}");
        }
    }

    private static ResourceClaim claim(String name, String devices, String allocation) {
        return read(
                "{metadata: {name: %s, namespace: default, uid: %s-uid}, spec: {devices: %s}%s}"
                        .formatted(
                                name,
                                name,
                                devices,
                                allocation.isEmpty()
                                        ? ""
                                        : ", status: {allocation: " + allocation
                                                + ", reservedFor: [{resource: pods, name: else, uid: else-uid}]}"),
                ResourceClaim.class);
    }

    private static Pod pod(String name, Stream<String> claims) {
        return new PodBuilder(TestPods.pod(name, "1m", "1Mi"))
                .editMetadata()
                .withUid(name + "-uid")
                .endMetadata()
                .editSpec()
                .withResourceClaims(claims.map(claim -> new PodResourceClaimBuilder()
                                .withName(claim)
                                .withResourceClaimName(claim)
                                .build())
                        .toList())
                .endSpec()
                .build();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void claimsHaveTheDevicesThatTheModelAllows(long seed) throws Exception {
        var random = new Random(seed);
        var time = new ManualTime(Instant.EPOCH);
        var api = new FakeApi(time, new Random(1));
        var model = PlainDevices.random(random);
        var shared = List.of(new Shared("free", ""), new Shared("zoned", "zone" + random.nextInt(2)));
        Map<Pod, List<PlainDevices.Claim>> pods = new HashMap<>();
        Map<Pod, List<Shared>> sharing = new HashMap<>();
        api.put(deviceClass("any", "{}"));
        api.put(deviceClass(
                "big", "{selectors: [{cel: {expression: \"device.attributes['d.example.com'].size != 's'\"}}]}"));
        var slices = model.slices();
        for (int i = 0; i < slices.size(); i++) {
            api.put(slice("slice" + i, slices.get(i)));
        }
        shared.forEach(each -> api.put(each.asClaim()));
        model.used()
                .forEach(name -> api.put(claim(
                        "holder-of-" + name,
                        "{}",
                        "{devices: {results: [{request: r, driver: d.example.com, pool: %s, device: %s}]}}"
                                .formatted(name.substring(0, name.indexOf('-')), name))));
        for (int i = 0; i < PODS; i++) {
            int pod = i;
            var wants = Stream.iterate(0, c -> c + 1)
                    .limit(1 + random.nextInt(2))
                    .map(c -> PlainDevices.claim("p" + pod + "-c" + c, random, true))
                    .toList();
            wants.forEach(claim -> api.put(claim(claim.name(), claim.devices(), "")));
            var others = random.nextInt(3) == 0 ? List.of(shared.get(random.nextInt(2))) : List.<Shared>of();
            var made = pod(
                    "p" + i,
                    Stream.concat(
                            wants.stream().map(PlainDevices.Claim::name),
                            others.stream().map(Shared::name)));
            pods.put(made, wants);
            sharing.put(made, others);
        }
        var informers = new Informers(api.client(), time);
        try {
            check(seed, api, time, informers, model, pods, sharing);
        } finally {
            informers.close();
        }
    }

    private static void check(
            long seed,
            FakeApi api,
            ManualTime time,
            Informers informers,
            PlainDevices model,
            Map<Pod, List<PlainDevices.Claim>> pods,
            Map<Pod, List<Shared>> sharing)
            throws Exception {
        var metrics = new SchedulerMetrics(time);
        var assembly = new SchedulerAssembly(
                SchedulerConfig.standard(), api.client(), informers, time, new Random(2), metrics);
        var made = assembly.profiles().get("default-scheduler");
        made.recorder().close();
        informers.start();
        informers.awaitSynced(Duration.ofMinutes(2));
        var algorithm = new Algorithm(made.profile(), new Random(3), Algorithm.SearchSettings.standard(), metrics);
        var cache = new ClusterCache();
        NODES.forEach(
                name -> cache.setNode(TestPods.node(name, "4", "4Gi", 110, Map.of("zone", PlainDevices.zone(name)))));
        var snapshot = new ClusterSnapshot(_ -> Map.of());
        cache.bringUpToDate(snapshot);
        var taken = new HashSet<>(model.used());
        var order = new ArrayList<>(pods.keySet());
        order.sort(java.util.Comparator.comparing(pod -> pod.getMetadata().getName()));
        for (var pod : order) {
            var now = new PlainDevices(model.things(), Set.copyOf(taken));
            var wants = pods.get(pod);
            var feasible = NODES.stream()
                    .filter(node -> now.possible(node, wants))
                    .filter(node -> sharing.get(pod).stream().allMatch(claim -> claim.reaches(node)))
                    .toList();
            var described = "seed %d, %s, %s, %s".formatted(seed, wants, sharing.get(pod), now);
            assertThat(algorithm.scores(new PodInfo(pod), snapshot).keySet())
                    .as(described)
                    .containsExactlyInAnyOrderElementsOf(feasible);
            if (algorithm.decide(new PodInfo(pod), snapshot) instanceof Decision.Placed(var node, var state)) {
                bind(made.profile(), pod, node, state);
                var results = new LinkedHashMap<PlainDevices.Claim, List<Map.Entry<String, String>>>();
                wants.forEach(claim -> results.put(claim, results(api, claim)));
                assertThat(now.holds(node, results))
                        .as(described + " got " + results)
                        .isTrue();
                wants.forEach(claim -> claim.requests().stream()
                        .filter(request -> !request.choices().getFirst().admin())
                        .forEach(request -> results.get(claim).stream()
                                .filter(result -> result.getKey().split("/")[0].equals(request.name()))
                                .forEach(result -> taken.add(result.getValue()))));
            }
        }
    }

    private static void bind(Profile profile, Pod pod, String node, dev.navarch.scheduler.framework.CycleState state)
            throws InterruptedException {
        for (var plugin : profile.all(Plugin.Reserve.class)) {
            assertThat(plugin.reserve(state, new PodInfo(pod), node).success()).isTrue();
        }
        for (var plugin : profile.all(Plugin.PreBind.class)) {
            if (plugin.hasWork(state, new PodInfo(pod), node)) {
                assertThat(plugin.preBind(state, new PodInfo(pod), node).message())
                        .isEmpty();
            }
        }
    }

    private static List<Map.Entry<String, String>> results(FakeApi api, PlainDevices.Claim claim) {
        return api
                .client()
                .resource(ResourceClaim.class)
                .get("default", claim.name())
                .orElseThrow()
                .getStatus()
                .getAllocation()
                .getDevices()
                .getResults()
                .stream()
                .map(result -> Map.entry(result.getRequest(), result.getDevice()))
                .toList();
    }
}

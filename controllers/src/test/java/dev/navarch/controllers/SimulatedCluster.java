package dev.navarch.controllers;

import dev.navarch.client.ApiClient;
import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Request;
import dev.navarch.client.Response;
import dev.navarch.client.Transport;
import dev.navarch.controllers.assembly.ControllerAssembly;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * All controllers on a fake API server, with kubelets of a sort and a clock that runs while one waits. With a crash
 * interval the controllers die after every few writes, always right after one was accepted, and start again.
 */
public final class SimulatedCluster implements AutoCloseable {
    /** Room for four nodes of IPv4, and for more of IPv6. */
    private static final String POD_RANGES = "10.244.0.0/22,fd00:10:244::/56";

    private static final Duration STEP = Duration.ofMillis(20);
    private static final int LOOKS = 20_000;
    /** A thread that was woken a moment ago may not have said yet that it works. */
    private static final int QUIET = 3;

    private static final long PAUSE_NANOS = 50_000;

    public final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    public final FakeApi api;
    private final Random random;
    private final int crashInterval;
    private final Predicate<String> enabled;
    private ControllerAssembly assembly;
    private Doomed transport;
    private int addresses;
    /** Set to false, pods stay as they are. */
    public boolean kubelets = true;

    public SimulatedCluster(long seed) {
        this(seed, 0);
    }

    /** @param crashInterval upper bound of the writes between two crashes; 0 for no crashes */
    public SimulatedCluster(long seed, int crashInterval) {
        this(seed, crashInterval, (String _) -> true);
    }

    /** With these controllers only: for long times, in which others look around too often, or mind that there is no node. */
    public SimulatedCluster(long seed, String... controllers) {
        this(seed, 0, controllers);
    }

    /** @param crashInterval upper bound of the writes between two crashes; 0 for no crashes */
    public SimulatedCluster(long seed, int crashInterval, String... controllers) {
        this(seed, crashInterval, Set.of(controllers)::contains);
    }

    private SimulatedCluster(long seed, int crashInterval, Predicate<String> enabled) {
        this.enabled = enabled;
        random = new Random(seed);
        api = new FakeApi(time, new Random(seed + 1));
        this.crashInterval = crashInterval;
        start();
    }

    private void start() {
        transport = new Doomed(crashInterval == 0 ? Integer.MAX_VALUE : 1 + random.nextInt(crashInterval));
        assembly = new ControllerAssembly(
                identity -> new ApiClient(transport, identity),
                time,
                new Random(random.nextLong()),
                ControllerSettings.upstream("AUTHORITY")
                        .withSigner(new FakeSigner())
                        .withPodBlocks(PodRanges.of(POD_RANGES)),
                enabled);
        assembly.start();
    }

    /** How often something was measured, by the values of its labels; in the order of their names. */
    public java.util.Map<String, Long> measured(String histogram) {
        var counts = new java.util.TreeMap<String, Long>();
        for (var metric : assembly.metrics()) {
            if (metric instanceof io.prometheus.metrics.model.snapshots.HistogramSnapshot found
                    && found.getMetadata().getName().equals(histogram)) {
                for (var point : found.getDataPoints()) {
                    var values = new java.util.ArrayList<String>();
                    point.getLabels().forEach(label -> values.add(label.getValue()));
                    counts.put(String.join(" ", values), point.getCount());
                }
            }
        }
        return counts;
    }

    /** Kills the controllers and starts new ones. */
    public void restart() {
        assembly.close();
        start();
    }

    /** Dies with the last write of its life: the write is accepted, the answer lost. */
    private final class Doomed implements Transport {
        private final AtomicInteger life;

        Doomed(int writes) {
            life = new AtomicInteger(writes);
        }

        boolean dead() {
            return life.get() <= 0;
        }

        @Override
        public Response send(Request request) throws IOException {
            boolean counts = !request.method().equals("GET") && !request.path().contains("/events");
            if (dead()) {
                throw new IOException("crashed");
            }
            var response = api.send(request);
            if (counts && response.status() < 300 && life.decrementAndGet() <= 0) {
                throw new IOException("crashed");
            }
            return response;
        }

        @Override
        public void close() {}
    }

    /**
     * Lets everything run until the condition holds and nobody has anything left to do at that moment, so that what
     * follows from the same cause holds too. It does not hold while what it asks for is not there.
     */
    public void until(String what, BooleanSupplier condition) {
        Await.until(what, time, STEP, () -> {
            if (transport.dead()) {
                restart();
            }
            if (kubelets) {
                kubelets();
            }
            return holds(condition) && rests() && holds(condition);
        });
    }

    private static boolean holds(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (NoSuchElementException | NullPointerException e) { // such as a status that nobody has written yet
            return false;
        }
    }

    /** Waits a while for rest; whoever dies meanwhile never gets there. */
    private boolean rests() {
        long begun = time.begun();
        for (int looks = 0, quiet = 0; looks < LOOKS; looks++) {
            boolean rest = !time.busy() && api.delivered() && time.begun() == begun;
            quiet = rest ? quiet + 1 : 0;
            if (quiet == QUIET) {
                return !transport.dead();
            }
            begun = time.begun();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return false;
    }

    /** Lets time pass, with everything running. */
    public void pass(Duration duration) {
        var end = time.now().plus(duration);
        until("the end of " + duration, () -> !time.now().isBefore(end));
    }

    /** One round: what is new runs and is ready, what is being deleted ends. */
    private void kubelets() {
        for (var pod : all(Pod.class)) {
            if (Pods.isDeleting(pod)) {
                if (pod.getMetadata().getFinalizers().isEmpty()) {
                    api.remove(pod);
                }
            } else if (!Pods.isReady(pod) && Pods.phase(pod).equals("Pending")) {
                api.put(ready(pod, place(pod)));
            }
        }
    }

    /** The node that a pod is on or asks for by name. */
    private static String place(Pod pod) {
        var terms = NodeSelectors.requiredTerms(pod);
        if (!Pods.nodeName(pod).isEmpty()) {
            return Pods.nodeName(pod);
        }
        return terms == null
                ? "n1"
                : terms.getFirst().getMatchFields().getFirst().getValues().getFirst();
    }

    public Pod ready(Pod pod, String node) {
        addresses++;
        return new PodBuilder(pod)
                .editOrNewSpec()
                .withNodeName(node)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP("10.0." + addresses / 250 + "." + (1 + addresses % 250))
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withLastTransitionTime(time.now().toString())
                .endCondition()
                .endStatus()
                .build();
    }

    public Node node(String name) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("topology.kubernetes.io/zone", "z-" + name)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .withNewStatus()
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withLastHeartbeatTime(time.now().toString())
                .endCondition()
                .endStatus()
                .build();
    }

    public <T extends HasMetadata> List<T> all(Class<T> type) {
        return api.client().resource(type).list(ListQuery.all()).items();
    }

    public <T extends HasMetadata> T get(Class<T> type, String namespace, String name) {
        return api.client().resource(type).get(namespace, name).orElseThrow();
    }

    public <T extends HasMetadata> boolean exists(Class<T> type, String namespace, String name) {
        return api.client().resource(type).get(namespace, name).isPresent();
    }

    public long writes(String prefix) {
        return api.writes().stream().filter(w -> w.startsWith(prefix)).count();
    }

    @Override
    public void close() {
        assembly.close();
        api.close();
    }
}

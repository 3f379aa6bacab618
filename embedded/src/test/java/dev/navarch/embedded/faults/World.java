package dev.navarch.embedded.faults;

import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Key;
import dev.navarch.client.ListQuery;
import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Patch;
import dev.navarch.embedded.BareServer;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** What a scenario sees and does as the cluster's administrator, and as the kubelet of all nodes. */
final class World {
    static final String NAMESPACE = "default";

    private final BareServer server;
    private final RandomGenerator random;
    /** Whether an actor does all that there is to do at once, or some of it. */
    boolean calm = true;

    /** How many answers were, or are to be, lost. */
    int lost;

    /** Whether a pod that was ready was evicted. */
    boolean evicted;

    /** The uids of pods that have ended or were told to. */
    private final Set<String> ended = ConcurrentHashMap.newKeySet();

    private final Instant start;
    private boolean failed;

    private int addresses;

    World(BareServer server, RandomGenerator random) {
        this.server = server;
        this.random = random;
        start = now();
    }

    ApiClient admin() {
        return server.admin();
    }

    Instant now() {
        return server.time().now();
    }

    void apply(String yaml) {
        server.apply(yaml);
    }

    /** Objects that are older than this server, or others' work. */
    void load(String yaml) {
        server.load(yaml);
    }

    <T extends HasMetadata> List<T> all(Class<T> type) {
        return admin().resource(type).list(ListQuery.all()).items();
    }

    <T extends HasMetadata> Optional<T> find(Class<T> type, String name) {
        return admin().resource(type).get(Namespaced.class.isAssignableFrom(type) ? NAMESPACE : "", name);
    }

    /** Whether there is such an object and it is so. */
    <T extends HasMetadata> boolean is(Class<T> type, String name, Predicate<T> so) {
        return find(type, name).filter(so).isPresent();
    }

    /** @param json a JSON merge patch */
    <T extends HasMetadata> void patch(Class<T> type, String name, String json) {
        var key = Key.of(find(type, name).orElseThrow());
        admin().resource(type).patch(key.namespace(), key.name(), Patch.merge(json));
    }

    <T extends HasMetadata> void patchStatus(Class<T> type, String name, String json) {
        var key = Key.of(find(type, name).orElseThrow());
        admin().resource(type).patchStatus(key.namespace(), key.name(), Patch.merge(json));
    }

    <T extends HasMetadata> void delete(Class<T> type, String name) {
        delete(find(type, name).orElseThrow(), DeleteOptions.none());
    }

    @SuppressWarnings("unchecked") // the class of an object of T
    <T extends HasMetadata> void delete(T object, DeleteOptions options) {
        var key = Key.of(object);
        admin().resource((Class<T>) object.getClass()).delete(key.namespace(), key.name(), options);
    }

    /** Lets time pass at once, with all timers. */
    void sleep(Duration duration) {
        server.time().advance(duration);
    }

    /** Between the hour in which this began and that of a time. */
    long hours(String time) {
        return time == null
                ? 0
                : Duration.between(start.truncatedTo(ChronoUnit.HOURS), Instant.parse(time))
                        .toHours();
    }

    /** How many pods have ended, or were told to end, so far. */
    int ended() {
        pods().stream()
                .filter(p -> !WorkloadScenarios.isActive(p))
                .forEach(p -> ended.add(p.getMetadata().getUid()));
        return ended.size();
    }

    /** True once. */
    boolean failsFirst() {
        boolean first = !failed;
        failed = true;
        return first;
    }

    /** Asks for the eviction of a pod, which may be refused. */
    void evict(Pod pod) {
        var name = pod.getMetadata().getName();
        try {
            admin().resource(Pod.class)
                    .post(
                            NAMESPACE,
                            name,
                            "eviction",
                            new EvictionBuilder()
                                    .withNewMetadata()
                                    .withName(name)
                                    .withNamespace(NAMESPACE)
                                    .endMetadata()
                                    .build(),
                            Status.class);
            evicted = evicted || WorkloadScenarios.isReady(pod);
        } catch (ApiFailure e) {
            if (e.code() != 429) {
                throw e;
            }
        }
    }

    List<Pod> pods() {
        return all(Pod.class);
    }

    /** In rough weather not everything that can be done is done at once. */
    boolean feelsLikeIt() {
        return calm || random.nextInt(3) == 0;
    }

    /** A round of a kubelet whose pods run and are ready as soon as there is a place for them, and end when told to. */
    void runPods() {
        runPods(_ -> Optional.empty());
    }

    /** @param end the phase that a running pod ends in by itself, if it does */
    void runPods(Function<Pod, Optional<String>> end) {
        for (var pod : pods()) {
            if (!feelsLikeIt()) {
                continue;
            }
            var phase = pod.getStatus().getPhase();
            if (pod.getMetadata().getDeletionTimestamp() != null) {
                if (phase.equals("Running")) {
                    end(pod, "Failed");
                }
                if (Long.valueOf(0).equals(pod.getMetadata().getDeletionGracePeriodSeconds())) {
                    continue; // a finalizer holds it
                }
                delete(pod, DeleteOptions.none().grace(Duration.ZERO));
            } else if (phase.equals("Pending")) {
                run(pod);
            } else if (phase.equals("Running")) {
                end.apply(pod).ifPresent(p -> end(pod, p));
            }
        }
    }

    /** A round of a kubelet that does no more than end what it is told to. */
    void endPods() {
        for (var pod : pods()) {
            if (pod.getMetadata().getDeletionTimestamp() != null
                    && pod.getMetadata().getFinalizers().isEmpty()
                    && feelsLikeIt()) {
                delete(pod, DeleteOptions.none().grace(Duration.ZERO));
            }
        }
    }

    /** In rough weather some pod is gone now and then. */
    void losePods() {
        var pods = calm || random.nextInt(10) > 0 ? List.<Pod>of() : pods();
        if (!pods.isEmpty()) {
            delete(pods.get(random.nextInt(pods.size())), DeleteOptions.none().grace(Duration.ZERO));
        }
    }

    /** Removes a pod at once. */
    void kill(String name) {
        delete(find(Pod.class, name).orElseThrow(), DeleteOptions.none().grace(Duration.ZERO));
    }

    private void run(Pod pod) {
        var name = pod.getMetadata().getName();
        if (pod.getSpec().getNodeName() == null) {
            var binding = new BindingBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .endMetadata()
                    .withNewTarget()
                    .withKind("Node")
                    .withName(place(pod))
                    .endTarget()
                    .build();
            admin().resource(Pod.class).post(NAMESPACE, name, "binding", binding, Status.class);
        }
        addresses++;
        patchStatus(
                Pod.class,
                name,
                "{\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.%d.%d\",\"conditions\":[%s]}}"
                        .formatted(addresses / 250, 1 + addresses % 250, condition("True")));
    }

    private String condition(String ready) {
        return "{\"type\":\"Ready\",\"status\":\"" + ready + "\",\"lastTransitionTime\":\""
                + now().truncatedTo(ChronoUnit.SECONDS) + "\"}";
    }

    private void end(Pod pod, String phase) {
        ended.add(pod.getMetadata().getUid());
        patchStatus(
                Pod.class,
                pod.getMetadata().getName(),
                "{\"status\":{\"phase\":\"" + phase + "\",\"conditions\":[" + condition("False") + "]}}");
    }

    /** The node that a pod asks for by name, or any. */
    static String place(Pod pod) {
        var terms = NodeSelectors.requiredTerms(pod);
        return terms == null
                ? "n1"
                : terms.getFirst().getMatchFields().getFirst().getValues().getFirst();
    }
}

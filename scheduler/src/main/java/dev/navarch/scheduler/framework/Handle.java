package dev.navarch.scheduler.framework;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Informer;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What a plugin may use of the scheduler (source: kube-scheduler framework, interface.go, Handle). */
public interface Handle {
    /** What pods of the plugin's profile name in {@code spec.schedulerName}. */
    String schedulerName();

    /** The API in the scheduler's name. */
    ApiClient client();

    /** Tells users, in the profile's name. */
    Events events();

    TimeSource time();

    RandomGenerator random();

    /**
     * A cache of all objects of a type, shared with the other plugins. It is filled before the first pod is scheduled,
     * and its changes are told to the plugins of waiting pods as {@link ClusterEvent.ObjectChanged}. To be called
     * while plugins are made.
     */
    <T extends HasMetadata> Informer<T> watch(Class<T> type);

    /** The same without telling of changes: for objects that no pod waits for. */
    <T extends HasMetadata> Informer<T> cache(Class<T> type);

    /** What the plugins of all profiles share: made by the first that asks. To be called while plugins are made. */
    <T> T shared(Class<T> type, Supplier<T> make);

    /** Has a pod tried again that waits, perhaps because of this plugin. */
    void activate(PodInfo pod);

    /** Those that may change whom a plugin wants to preempt, in order: the extenders. */
    List<PreemptionAdvisor> preemptionAdvisors();

    /** Counts what the profile's plugins do. */
    Measures measures();

    /** What says which pods are spread with a pod that has no constraints: selectors, all of which must match. */
    List<LabelSelector> selectorsOf(PodInfo pod);
}

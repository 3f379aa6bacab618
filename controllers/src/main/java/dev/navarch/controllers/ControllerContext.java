package dev.navarch.controllers;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiClient;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.WorkQueue;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What one controller is wired with: its own identity and recorder, and informers that all controllers share. */
public final class ControllerContext {
    private final ApiClient client;
    private final Informers informers;
    private final EventRecorder events;
    private final TimeSource time;
    private final RandomGenerator random;
    private final ControllerSettings settings;
    private final ControllerMetrics metrics;
    private final List<Informer<?>> used = new ArrayList<>();

    public ControllerContext(
            ApiClient client,
            Informers informers,
            EventRecorder events,
            TimeSource time,
            RandomGenerator random,
            ControllerSettings settings,
            ControllerMetrics metrics) {
        this.client = requireNonNull(client);
        this.informers = requireNonNull(informers);
        this.events = requireNonNull(events);
        this.time = requireNonNull(time);
        this.random = requireNonNull(random);
        this.settings = requireNonNull(settings);
        this.metrics = requireNonNull(metrics);
    }

    public ApiClient client() {
        return client;
    }

    public EventRecorder events() {
        return events;
    }

    public TimeSource time() {
        return time;
    }

    public RandomGenerator random() {
        return random;
    }

    public ControllerSettings settings() {
        return settings;
    }

    /** The shared informer of a type; the controller is not started before it has synced. */
    public <T extends HasMetadata> Informer<T> informer(Class<T> type) {
        var informer = informers.of(type);
        used.add(informer);
        return informer;
    }

    public ControllerMetrics metrics() {
        return metrics;
    }

    /** @param name as upstream's metrics have it */
    public <K> WorkQueue<K> queue(String name) {
        return metrics.queue(name, measures -> new WorkQueue<>(time, measures));
    }

    /** The informers that were asked for. */
    public List<Informer<?>> used() {
        return List.copyOf(used);
    }
}

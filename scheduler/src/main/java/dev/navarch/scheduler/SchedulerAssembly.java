package dev.navarch.scheduler;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.client.ApiClient;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.Json;
import dev.navarch.scheduler.config.ConfigurationException;
import dev.navarch.scheduler.config.SchedulerConfiguration;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.Events;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.Measures;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.PreemptionAdvisor;
import dev.navarch.scheduler.plugins.DefaultPlugins;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Makes a scheduler's profiles with their plugins, as the configuration says. */
final class SchedulerAssembly {
    private final SchedulerConfig config;
    private final ApiClient client;
    private final Informers informers;
    private final TimeSource time;
    private final RandomGenerator random;
    private final SchedulerMetrics metrics;
    private final DefaultSelectors selectors;
    private final List<Extender> extenders;
    private final Nominations nominations = new Nominations();
    private final String host = Optional.ofNullable(System.getenv("HOSTNAME")).orElse("navarch");
    /** What plugins watch, in the order in which they asked. */
    private final Set<Class<? extends HasMetadata>> watched = new LinkedHashSet<>();

    private final Map<Class<?>, Object> shared = new HashMap<>();

    private volatile @Nullable SchedulingQueue queue;

    SchedulerAssembly(
            SchedulerConfig config,
            ApiClient client,
            Informers informers,
            TimeSource time,
            RandomGenerator random,
            SchedulerMetrics metrics) {
        this.config = config;
        this.client = client;
        this.informers = informers;
        this.time = time;
        this.random = random;
        this.metrics = metrics;
        selectors = new DefaultSelectors(informers);
        extenders =
                config.configuration().extenders().stream().map(Extender::new).toList();
    }

    List<Extender> extenders() {
        return extenders;
    }

    Nominations nominations() {
        return nominations;
    }

    /** A profile with the recorder of its events. */
    record Assembled(Profile profile, EventReporter recorder) {}

    /** By the scheduler's name. */
    Map<String, Assembled> profiles() {
        var profiles = new LinkedHashMap<String, Assembled>();
        for (var settings : config.configuration().profiles()) {
            var recorder = new EventReporter(client, time, settings.schedulerName(), host);
            try {
                profiles.put(settings.schedulerName(), new Assembled(profile(settings, recorder), recorder));
            } catch (RuntimeException e) {
                recorder.close();
                profiles.values().forEach(made -> made.recorder().close());
                throw e;
            }
        }
        return profiles;
    }

    private Profile profile(SchedulerConfiguration.Profile settings, Events recorder) {
        var handle = new ProfileHandle(settings.schedulerName(), recorder);
        var selection = new PluginSelection(settings, DefaultPlugins.ENABLED, name -> plugin(name, settings, handle));
        var points = selection.points();
        return new Profile(
                settings.schedulerName(),
                points,
                selection.weights(),
                settings.percentageOfNodesToScore(),
                nominations);
    }

    private Plugin plugin(String name, SchedulerConfiguration.Profile settings, Handle handle) {
        var factory = config.plugins().get(name);
        if (factory == null) {
            throw new ConfigurationException("plugin \"" + name + "\" does not exist");
        }
        var given = settings.arguments().get(name);
        var arguments = given == null ? Json.mapper().createObjectNode() : given.deepCopy();
        if (name.equals("NodeResourcesFit")) {
            leaveToExtenders(arguments);
        }
        return factory.create(arguments, handle);
    }

    /** What extenders manage and say is to be ignored (source: pkg/scheduler/scheduler.go, buildExtenders). */
    private void leaveToExtenders(ObjectNode arguments) {
        var ignored = new ArrayList<String>();
        arguments.path("ignoredResources").forEach(name -> ignored.add(name.asString("")));
        config.configuration().extenders().forEach(extender -> ignored.addAll(extender.ignoredByScheduler()));
        if (!ignored.isEmpty()) {
            var all = arguments.putArray("ignoredResources");
            ignored.forEach(all::add);
        }
    }

    /** From now on tells the queue what plugins watch. */
    void connect(SchedulingQueue to) {
        queue = to;
        watched.forEach(type -> forward(type, to));
    }

    private <T extends HasMetadata> void forward(Class<T> type, SchedulingQueue to) {
        informers.of(type).addHandler(new Handler<T>() {
            @Override
            public void added(T object) {
                observe(new ClusterEvent.ObjectChanged(Optional.empty(), object));
            }

            @Override
            public void updated(T before, T now) {
                observe(new ClusterEvent.ObjectChanged(Optional.of(before), now));
            }

            @Override
            public void deleted(T last) {
                observe(new ClusterEvent.ObjectRemoved(last));
            }

            private void observe(ClusterEvent event) {
                long start = metrics.start();
                to.observe(event);
                metrics.handled(event.name(), start);
            }
        });
    }

    private final class ProfileHandle implements Handle {
        private final String schedulerName;
        private final Events recorder;
        private final Measures measures;

        ProfileHandle(String schedulerName, Events recorder) {
            this.schedulerName = schedulerName;
            this.recorder = recorder;
            measures = metrics.measures(schedulerName);
        }

        @Override
        public String schedulerName() {
            return schedulerName;
        }

        @Override
        public ApiClient client() {
            return client;
        }

        @Override
        public Events events() {
            return recorder;
        }

        @Override
        public TimeSource time() {
            return time;
        }

        @Override
        public RandomGenerator random() {
            return random;
        }

        @Override
        public <T extends HasMetadata> Informer<T> watch(Class<T> type) {
            watched.add(type);
            return informers.of(type);
        }

        @Override
        public <T extends HasMetadata> Informer<T> cache(Class<T> type) {
            return informers.of(type);
        }

        @Override
        public <T> T shared(Class<T> type, Supplier<T> make) {
            return type.cast(shared.computeIfAbsent(type, _ -> make.get()));
        }

        @Override
        public void activate(PodInfo pod) {
            var known = queue;
            if (known != null) {
                known.activate(pod.uid());
            }
        }

        @Override
        public List<PreemptionAdvisor> preemptionAdvisors() {
            return List.copyOf(extenders);
        }

        @Override
        public Measures measures() {
            return measures;
        }

        @Override
        public List<LabelSelector> selectorsOf(PodInfo pod) {
            return selectors.apply(pod);
        }
    }
}

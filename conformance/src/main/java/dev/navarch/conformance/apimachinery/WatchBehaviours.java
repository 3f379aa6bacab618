package dev.navarch.conformance.apimachinery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.conformance.Behaviour;
import dev.navarch.conformance.Events;
import dev.navarch.conformance.Scenario;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Watcher.Action;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Upstream {@code test/e2e/apimachinery/watch.go}. Where upstream waits ten seconds to see that a watch stays quiet, here
 * the next report has to be the next one that concerns the watch: reports are ordered.
 */
class WatchBehaviours {
    private static final String LABEL = "watch-this-configmap";

    private static ConfigMap configMap(String name, String label) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels(LABEL, label)
                .endMetadata()
                .build();
    }

    private static Resource<ConfigMap> named(Scenario scenario, String name) {
        return scenario.client().configMaps().inNamespace(scenario.namespace()).withName(name);
    }

    private static Events<ConfigMap> watch(Scenario scenario, String... labels) {
        return Events.of(
                scenario.client().configMaps().inNamespace(scenario.namespace()).withLabelIn(LABEL, labels));
    }

    private static Events<ConfigMap> watchFrom(Scenario scenario, ConfigMap seen, String label) {
        return Events.of(
                scenario.client().configMaps().inNamespace(scenario.namespace()).withLabel(LABEL, label),
                seen.getMetadata().getResourceVersion());
    }

    private static ConfigMap change(Scenario scenario, String name, UnaryOperator<ConfigMapBuilder> how) {
        var resource = named(scenario, name);
        return scenario.client()
                .resource(how.apply(new ConfigMapBuilder(resource.get())).build())
                .update();
    }

    private static ConfigMap mutate(Scenario scenario, String name, String value) {
        return change(scenario, name, map -> map.addToData("mutation", value));
    }

    private static void expect(Events<ConfigMap> events, Action action, ConfigMap object) {
        var event = events.next();
        assertThat(event.action()).isEqualTo(action);
        assertThat(event.object()).isEqualTo(object);
    }

    private static void expectDeleted(Events<ConfigMap> events, String name) {
        var event = events.next();
        assertThat(event.action()).isEqualTo(Action.DELETED);
        assertThat(event.object().getMetadata().getName()).isEqualTo(name);
    }

    @Behaviour("[sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps"
            + " [Conformance]")
    void everyWatcherSeesWhatItsSelectorMatches(Scenario scenario) {
        try (var watchA = watch(scenario, "multiple-watchers-A");
                var watchB = watch(scenario, "multiple-watchers-B");
                var watchBoth = watch(scenario, "multiple-watchers-A", "multiple-watchers-B")) {
            var a = scenario.create(configMap("e2e-watch-test-configmap-a", "multiple-watchers-A"));
            expect(watchA, Action.ADDED, a);
            expect(watchBoth, Action.ADDED, a);
            for (var value : List.of("1", "2")) {
                var changed = mutate(scenario, "e2e-watch-test-configmap-a", value);
                expect(watchA, Action.MODIFIED, changed);
                expect(watchBoth, Action.MODIFIED, changed);
            }
            named(scenario, "e2e-watch-test-configmap-a").delete();
            expectDeleted(watchA, "e2e-watch-test-configmap-a");
            expectDeleted(watchBoth, "e2e-watch-test-configmap-a");

            var b = scenario.create(configMap("e2e-watch-test-configmap-b", "multiple-watchers-B"));
            expect(watchB, Action.ADDED, b);
            expect(watchBoth, Action.ADDED, b);
            named(scenario, "e2e-watch-test-configmap-b").delete();
            expectDeleted(watchB, "e2e-watch-test-configmap-b");
            expectDeleted(watchBoth, "e2e-watch-test-configmap-b");

            var mark = scenario.create(configMap("mark", "multiple-watchers-A"));
            expect(watchA, Action.ADDED, mark);
        }
    }

    @Behaviour("[sig-api-machinery] Watchers should be able to start watching from a specific resource version"
            + " [Conformance]")
    void startsAtAResourceVersion(Scenario scenario) {
        var name = "e2e-watch-test-resource-version";
        scenario.create(configMap(name, "from-resource-version"));
        var first = mutate(scenario, name, "1");
        var second = mutate(scenario, name, "2");
        named(scenario, name).delete();
        try (var watch = watchFrom(scenario, first, "from-resource-version")) {
            expect(watch, Action.MODIFIED, second);
            expectDeleted(watch, name);
        }
    }

    @Behaviour("[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed"
            + " by the previous watch [Conformance]")
    void restartsWhereItStopped(Scenario scenario) {
        var name = "e2e-watch-test-watch-closed";
        var label = "watch-closed-and-restarted";
        ConfigMap last;
        try (var broken = watch(scenario, label)) {
            expect(broken, Action.ADDED, scenario.create(configMap(name, label)));
            mutate(scenario, name, "1");
            last = broken.next(Action.MODIFIED);
        }
        var second = mutate(scenario, name, "2");
        try (var restarted = watchFrom(scenario, last, label)) {
            named(scenario, name).delete();
            expect(restarted, Action.MODIFIED, second);
            expectDeleted(restarted, name);
        }
    }

    @Behaviour("[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of"
            + " the selector [Conformance]")
    void leavingTheSelectorIsADeletion(Scenario scenario) {
        var name = "e2e-watch-test-label-changed";
        var label = "label-changed-and-restored";
        try (var watch = watch(scenario, label)) {
            var made = scenario.create(configMap(name, label));
            var first = mutate(scenario, name, "1");
            change(
                    scenario,
                    name,
                    map -> map.editMetadata().addToLabels(LABEL, "wrong-value").endMetadata());
            expect(watch, Action.ADDED, made);
            expect(watch, Action.MODIFIED, first);
            expectDeleted(watch, name);

            mutate(scenario, name, "2");
            var restored = change(
                    scenario,
                    name,
                    map -> map.editMetadata().addToLabels(LABEL, label).endMetadata());
            var third = mutate(scenario, name, "3");
            named(scenario, name).delete();
            expect(watch, Action.ADDED, restored);
            expect(watch, Action.MODIFIED, third);
            expectDeleted(watch, name);
        }
    }

    @Behaviour("[sig-api-machinery] Watchers should receive events on concurrent watches in same order [Conformance]")
    void concurrentWatchesAgree(Scenario scenario) throws Exception {
        int iterations = 100;
        var maps = scenario.client().configMaps().inNamespace(scenario.namespace());
        var version = maps.list().getMetadata().getResourceVersion();
        var stop = new AtomicBoolean();
        var writer = Thread.ofVirtual().start(() -> writeUntil(stop, scenario));
        List<Events<ConfigMap>> watches = new ArrayList<>();
        try {
            for (int i = 0; i < iterations; i++) {
                watches.add(Events.of(maps, version));
                version = watches.getFirst().next().object().getMetadata().getResourceVersion();
                for (var other : watches.subList(1, watches.size())) {
                    assertThat(other.next().object().getMetadata().getResourceVersion())
                            .isEqualTo(version);
                }
            }
        } finally {
            stop.set(true);
            watches.forEach(Events::close);
            writer.join();
        }
    }

    /** Creates, updates and deletes config maps at random; the seed is fixed, the timing is not. */
    private static void writeUntil(AtomicBoolean stop, Scenario scenario) {
        var maps = scenario.client().configMaps().inNamespace(scenario.namespace());
        var random = new Random(36);
        List<String> existing = new ArrayList<>();
        for (int made = 0; !stop.get(); ) {
            int operation = existing.isEmpty() ? 0 : random.nextInt(3);
            if (operation == 0) {
                var name = "cm-" + made++;
                maps.resource(configMap(name, "any")).create();
                existing.add(name);
            } else if (operation == 1) {
                var name = existing.get(random.nextInt(existing.size()));
                mutate(scenario, name, Integer.toString(random.nextInt()));
            } else {
                maps.withName(existing.remove(random.nextInt(existing.size()))).delete();
            }
        }
    }
}

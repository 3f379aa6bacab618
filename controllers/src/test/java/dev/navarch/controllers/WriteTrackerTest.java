package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WriteTrackerTest {
    private static final Key ABOUT = new Key("d", "about");

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final WriteTracker writes = new WriteTracker(time);

    private static ConfigMap map(String name) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(name)
                .endMetadata()
                .build();
    }

    private static ConfigMap at(ConfigMap map, long version) {
        return new ConfigMapBuilder(map)
                .editMetadata()
                .withResourceVersion(Long.toString(version))
                .endMetadata()
                .build();
    }

    @Test
    void whatWasWrittenIsWaitedForHoweverFarTheClockIsTurned() {
        try (var informers = new Informers(api.client(), time, new Random(2))) {
            var maps = informers.of(ConfigMap.class);
            informers.start();
            Await.until("the list", maps::synced);
            var made = api.client().resource(ConfigMap.class).create(map("a"));
            Await.until("it is shown", () -> maps.get("d", "a").isPresent());
            long later = Long.parseLong(made.getMetadata().getResourceVersion()) + 1;
            writes.wrote(ABOUT, at(made, later));
            time.advance(Duration.ofHours(1));
            assertThat(writes.isShown(ABOUT, maps)).isFalse();
            // another's change tells that the cache is past it
            api.client().resource(ConfigMap.class).create(map("b"));
            Await.until("it is past", () -> writes.isShown(ABOUT, maps));
        }
    }
}

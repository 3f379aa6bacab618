package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventRecorderTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final EventRecorder recorder = new EventRecorder(api.client(), time, "kubelet", "node-1");
    private final Pod pod = new PodBuilder()
            .withNewMetadata()
            .withNamespace("d")
            .withName("web")
            .withUid("u1")
            .endMetadata()
            .build();

    @AfterEach
    void close() {
        recorder.close();
    }

    private List<Event> events() {
        return api.client()
                .resource(Event.class)
                .list(ListQuery.inNamespace("d"))
                .items();
    }

    private void awaitWrites(int count) {
        Await.until(count + " writes", () -> api.writes().size() == count);
    }

    @Test
    void anEventIsNamedAfterItsObjectAndTheMoment() {
        recorder.normal(pod, "Pulled", "Container image is there");
        awaitWrites(1);
        var event = events().getFirst();
        assertThat(event.getMetadata().getName()).startsWith("web.");
        assertThat(Long.parseLong(event.getMetadata().getName().substring("web.".length()), 16))
                .isBetween(1767225600_000000000L, 1767225600_000999999L);
        assertThat(event.getInvolvedObject().getUid()).isEqualTo("u1");
        assertThat(event.getInvolvedObject().getKind()).isEqualTo("Pod");
        assertThat(event.getSource().getHost()).isEqualTo("node-1");
        assertThat(event.getFirstTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(event.getCount()).isOne();
    }

    @Test
    void eventsOfOneInstantDontTakeEachOthersNames() {
        try (var other = new EventRecorder(api.client(), time, "default-scheduler", "")) {
            recorder.normal(pod, "Pulled", "Container image is there");
            recorder.normal(pod, "Created", "Container created");
            other.normal(pod, "Scheduled", "assigned");
            awaitWrites(3);
        }
        assertThat(events())
                .extracting(event -> event.getReason())
                .containsExactlyInAnyOrder("Pulled", "Created", "Scheduled");
    }

    @Test
    void aRepeatedEventCountsUpTheFirst() {
        recorder.warning(pod, "BackOff", "restarting");
        awaitWrites(1);
        time.advance(Duration.ofSeconds(10));
        recorder.warning(pod, "BackOff", "restarting");
        awaitWrites(2);
        var event = events().getFirst();
        assertThat(events()).hasSize(1);
        assertThat(event.getCount()).isEqualTo(2);
        assertThat(event.getFirstTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(event.getLastTimestamp()).isEqualTo("2026-01-01T00:00:10Z");
    }

    @Test
    void aRepeatedEventWhoseFirstWasDeletedIsMadeAgain() {
        recorder.normal(pod, "Pulled", "x");
        awaitWrites(1);
        api.remove(events().getFirst());
        recorder.normal(pod, "Pulled", "x");
        awaitWrites(2);
        assertThat(events())
                .singleElement()
                .satisfies(e -> assertThat(e.getCount()).isEqualTo(2));
    }

    @Test
    void similarEventsAreCombinedFromTheTenthOn() {
        for (int i = 1; i <= 12; i++) {
            recorder.normal(pod, "Created", "message " + i);
        }
        awaitWrites(12);
        assertThat(events()).hasSize(10);
        var combined = events().stream()
                .filter(e -> e.getMessage().startsWith("(combined from similar events): "))
                .toList();
        assertThat(combined).singleElement().satisfies(e -> {
            assertThat(e.getCount()).isEqualTo(3);
            assertThat(e.getMessage()).endsWith("message 12");
        });
    }

    @Test
    void aFloodIsCutToTwentyFiveAndThenOneInFiveMinutes() {
        for (int i = 0; i < 40; i++) {
            recorder.warning(pod, "BackOff", "restarting");
        }
        recorder.normal(
                new PodBuilder(pod)
                        .editMetadata()
                        .withName("other")
                        .endMetadata()
                        .build(),
                "Last",
                "seen");
        awaitWrites(26);
        time.advance(Duration.ofMinutes(5));
        recorder.warning(pod, "BackOff", "restarting");
        recorder.warning(pod, "BackOff", "restarting");
        awaitWrites(27);
        assertThat(events())
                .filteredOn(e -> e.getReason().equals("BackOff"))
                .singleElement()
                .satisfies(e -> assertThat(e.getCount()).isEqualTo(41));
    }
}

package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Await;
import dev.navarch.client.FakeApi;
import dev.navarch.client.ListQuery;
import dev.navarch.time.ManualTime;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a scheduler's events say, and how they become series. */
@Timeout(180)
class EventReporterTest {
    private final ManualTime time = new ManualTime(Instant.parse("2026-01-01T00:00:00Z"));
    private final FakeApi api = new FakeApi(time, new Random(1));
    private final EventReporter reporter = new EventReporter(api.client(), time, "default-scheduler", "host");
    private final Pod pod = pod("p");

    @AfterEach
    void close() {
        reporter.close();
    }

    private static Pod pod(String name) {
        return new PodBuilder(TestPods.pod(name, "1", "1Gi"))
                .editMetadata()
                .withUid("uid-" + name)
                .endMetadata()
                .build();
    }

    private List<Event> events() {
        return api.client()
                .resource(Event.class)
                .list(ListQuery.inNamespace("default"))
                .items();
    }

    private Event awaitOne() {
        Await.until("an event", () -> events().size() == 1);
        return events().getFirst();
    }

    private void awaitSeries(int count, String last) {
        Await.until(
                "a series of " + count,
                () -> events().stream()
                        .anyMatch(event -> event.getSeries() != null
                                && event.getSeries().getCount() == count
                                && event.getSeries()
                                        .getLastObservedTime()
                                        .getTime()
                                        .equals(last)));
    }

    private void fail(String note) {
        reporter.warning(pod, "FailedScheduling", "Scheduling", note);
    }

    @Test
    void anEventSaysWhoDidWhatToWhom() {
        reporter.tell(pod, Optional.of(pod("other")), "Normal", "Preempted", "Preempting", "to make room");
        var event = awaitOne();
        assertThat(event.getMetadata().getName()).startsWith("p.");
        assertThat(event.getRegarding().getUid()).isEqualTo("uid-p");
        assertThat(event.getRelated().getUid()).isEqualTo("uid-other");
        assertThat(event.getReportingController()).isEqualTo("default-scheduler");
        assertThat(event.getReportingInstance()).isEqualTo("default-scheduler-host");
        assertThat(event.getEventTime().getTime()).isEqualTo("2026-01-01T00:00:00.000000Z");
        assertThat(event.getType()).isEqualTo("Normal");
        assertThat(event.getReason()).isEqualTo("Preempted");
        assertThat(event.getAction()).isEqualTo("Preempting");
        assertThat(event.getNote()).isEqualTo("to make room");
        assertThat(event.getSeries()).isNull();
    }

    @Test
    void whatIsToldAgainBecomesASeriesWhateverItSays() {
        fail("one");
        awaitOne();
        time.advance(Duration.ofMinutes(1));
        fail("two");
        awaitSeries(2, "2026-01-01T00:01:00.000000Z");
        time.advance(Duration.ofMinutes(1));
        fail("three");
        time.advance(Duration.ofMinutes(1));
        fail("four");
        time.advance(Duration.ofMinutes(6));
        awaitSeries(4, "2026-01-01T00:03:00.000000Z");
        assertThat(awaitOne().getNote()).isEqualTo("one");
    }

    @Test
    void afterSixQuietMinutesANewEventIsMade() {
        fail("one");
        awaitOne();
        time.advance(Duration.ofMinutes(6));
        fail("two");
        Await.until("both", () -> events().stream().map(Event::getNote).toList().equals(List.of("one", "two")));
        assertThat(events()).allMatch(event -> event.getSeries() == null);
    }

    @Test
    void aSeriesWhoseEventIsGoneIsMadeAnew() {
        fail("one");
        api.remove(awaitOne());
        time.advance(Duration.ofMinutes(1));
        fail("two");
        awaitSeries(2, "2026-01-01T00:01:00.000000Z");
        assertThat(awaitOne().getNote()).isEqualTo("one");
    }

    @Test
    void aNoteIsCutAtTheLengthThatTheServerTakes() {
        fail("x".repeat(2000));
        assertThat(awaitOne().getNote()).isEqualTo("x".repeat(1020) + " ...");
    }
}

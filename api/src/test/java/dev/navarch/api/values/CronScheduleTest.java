package dev.navarch.api.values;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CronScheduleTest {
    /** As github.com/robfig/cron/v3 spec_test.go has it, and what Kubernetes's documentation promises. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "2012-07-09T14:45:00Z; 0/15 * * * *; 2012-07-09T15:00:00Z",
                "2012-07-09T14:59:59Z; 0/15 * * * *; 2012-07-09T15:00:00Z",
                "2012-07-09T15:45:00Z; 20-35/15 * * * *; 2012-07-09T16:20:00Z",
                "2012-07-09T23:35:51Z; 20-35/15 0/10 * * *; 2012-07-10T00:20:00Z",
                "2012-07-09T23:35:00Z; 0 0 9 Apr-Oct ?; 2012-08-09T00:00:00Z",
                "2012-07-09T23:35:00Z; 0 0 */5 Apr,Aug,Oct Mon; 2012-08-01T00:00:00Z",
                "2012-07-09T23:35:00Z; 0 0 * Feb Mon; 2013-02-04T00:00:00Z",
                "2012-07-09T23:35:00Z; 0 0 29 Feb ?; 2016-02-29T00:00:00Z",
                "2012-07-09T23:35:00Z; 0 0 1,15 * Sun; 2012-07-15T00:00:00Z",
                "2012-07-15T00:00:00Z; 0 0 1,15 * Sun; 2012-07-22T00:00:00Z",
                "2012-07-09T23:35:00Z; 0 0 * * sat; 2012-07-14T00:00:00Z",
                "2012-07-09T23:35:00Z; 59 23 31 2 *; ",
                "2012-07-09T23:35:00Z; , * * * *; ",
                "2012-07-09T23:35:00Z; @yearly; 2013-01-01T00:00:00Z",
                "2012-07-09T23:35:00Z; @monthly; 2012-08-01T00:00:00Z",
                "2012-07-09T23:35:00Z; @weekly; 2012-07-15T00:00:00Z",
                "2012-07-09T23:35:00Z; @midnight; 2012-07-10T00:00:00Z",
                "2012-07-09T23:35:00.5Z; @hourly; 2012-07-10T00:00:00Z",
                "2012-07-09T23:35:00.5Z; @every 1h1m1.9s; 2012-07-10T00:36:01Z",
                "2012-07-09T23:35:00.5Z; @every 5ms; 2012-07-09T23:35:01Z",
                // two in the morning is left out in spring
                "2012-03-11T00:00:00-05:00; TZ=America/New_York 30 2 11 Mar ?; 2013-03-11T02:30:00-04:00",
                "2012-03-11T00:00:00-05:00; TZ=America/New_York 0 * * * ?; 2012-03-11T01:00:00-05:00",
                "2012-03-11T01:00:00-05:00; TZ=America/New_York 0 * * * ?; 2012-03-11T03:00:00-04:00",
                // and one comes twice in autumn
                "2012-11-04T00:00:00-04:00; TZ=America/New_York 30 1 4 Nov ?; 2012-11-04T01:30:00-04:00",
                "2012-11-04T01:30:00-04:00; TZ=America/New_York 30 1 4 Nov ?; 2012-11-04T01:30:00-05:00",
                "2012-11-04T01:30:00-05:00; TZ=America/New_York 30 1 4 Nov ?; 2013-11-04T01:30:00-05:00",
                // half an hour twice, and midnight left out
                "2024-04-06T14:40:00Z; CRON_TZ=Australia/Lord_Howe 45 1 * * *; 2024-04-06T14:45:00Z",
                "2024-04-06T14:45:00Z; CRON_TZ=Australia/Lord_Howe 45 1 * * *; 2024-04-06T15:15:00Z",
                "2024-04-06T15:15:00Z; CRON_TZ=Australia/Lord_Howe 0 3 * * *; 2024-04-06T16:30:00Z",
                "2018-11-03T12:00:00Z; TZ=America/Sao_Paulo 0 0 * * *; 2018-11-05T02:00:00Z",
            })
    void theNextRunIsTheFirstMatchingMinute(String after, String schedule, String next) {
        var found =
                CronSchedule.parse(schedule).next(OffsetDateTime.parse(after).toInstant());
        assertThat(found.orElse(null))
                .isEqualTo(next == null ? null : OffsetDateTime.parse(next).toInstant());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "@every 99999999999h; failed to parse duration @every 99999999999h: time: invalid duration"
                        + " \"99999999999h\"",
                "@every 5; failed to parse duration @every 5: time: missing unit in duration \"5\"",
                "@often; unrecognized descriptor: @often",
                "60 * * * *; end of range (60) above maximum (59): 60",
                "* * * *; expected exactly 5 fields, found 4: [* * * *]",
                "TZ=Nowhere/X * * * * *; provided bad location Nowhere/X: unknown time zone Nowhere/X",
            })
    void whatIsNoScheduleIsToldInTheLibrarysWords(String schedule, String message) {
        assertThatThrownBy(() -> CronSchedule.parse(schedule))
                .isInstanceOf(CronException.class)
                .hasMessage(message);
    }

    @Test
    void aHugeStepIsTheFirstValue() {
        var schedule = CronSchedule.parse("5/9223372036854775807 0 * * *");
        assertThat(schedule.next(Instant.parse("2026-01-01T00:05:00Z")))
                .contains(Instant.parse("2026-01-02T00:05:00Z"));
    }
}

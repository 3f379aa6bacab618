package dev.navarch.api.values;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * When a cron job runs: five fields, a name such as {@code @hourly}, or {@code @every} and a duration, each after an
 * optional zone ({@code TZ=Europe/Rome }). Without a zone the fields are in UTC.
 *
 * <p>An hour that a change of clocks leaves out is not made up for, one that comes twice counts twice.
 *
 * <p>Source: github.com/robfig/cron/v3 parser.go (ParseStandard), spec.go, constantdelay.go, which upstream reads
 * schedules with.
 */
public abstract sealed class CronSchedule {
    private static final Map<String, String> NAMES = Map.of(
            "@yearly", "0 0 1 1 *",
            "@annually", "0 0 1 1 *",
            "@monthly", "0 0 1 * *",
            "@weekly", "0 0 * * 0",
            "@daily", "0 0 * * *",
            "@midnight", "0 0 * * *",
            "@hourly", "0 * * * *");
    private static final String EVERY = "@every ";

    private static final Map<String, Integer> MONTHS = Map.ofEntries(
            Map.entry("jan", 1),
            Map.entry("feb", 2),
            Map.entry("mar", 3),
            Map.entry("apr", 4),
            Map.entry("may", 5),
            Map.entry("jun", 6),
            Map.entry("jul", 7),
            Map.entry("aug", 8),
            Map.entry("sep", 9),
            Map.entry("oct", 10),
            Map.entry("nov", 11),
            Map.entry("dec", 12));
    private static final Map<String, Integer> DAYS =
            Map.of("sun", 0, "mon", 1, "tue", 2, "wed", 3, "thu", 4, "fri", 5, "sat", 6);

    /** What a field may say. */
    private record Bounds(int least, int most, Map<String, Integer> names) {}

    private static final List<Bounds> FIELDS = List.of(
            new Bounds(0, 59, Map.of()),
            new Bounds(0, 23, Map.of()),
            new Bounds(1, 31, Map.of()),
            new Bounds(1, 12, MONTHS),
            new Bounds(0, 6, DAYS));

    private CronSchedule() {}

    /** The first run after a time; empty if there is none within five years. */
    public abstract Optional<Instant> next(Instant after);

    /** @throws CronException if the text is no schedule */
    public static CronSchedule parse(String schedule) {
        if (schedule.isEmpty()) {
            throw new CronException("empty spec string");
        }
        String text = schedule;
        ZoneId zone = ZoneOffset.UTC;
        if (schedule.startsWith("TZ=") || schedule.startsWith("CRON_TZ=")) {
            int space = schedule.indexOf(' ');
            if (space < 0) {
                throw new CronException("expected exactly 5 fields, found 1: [" + schedule + "]");
            }
            String name = schedule.substring(schedule.indexOf('=') + 1, space);
            zone = zone(name)
                    .orElseThrow(
                            () -> new CronException("provided bad location " + name + ": unknown time zone " + name));
            text = schedule.substring(space).strip();
        }
        if (text.startsWith(EVERY)) {
            return new Every(duration(text, text.substring(EVERY.length())));
        }
        if (text.startsWith("@")) {
            String named = NAMES.get(text);
            if (named == null) {
                throw new CronException("unrecognized descriptor: " + text);
            }
            text = named;
        }
        List<String> fields = words(text);
        if (fields.size() != FIELDS.size()) {
            throw new CronException("expected exactly " + FIELDS.size() + " fields, found " + fields.size() + ": ["
                    + String.join(" ", fields) + "]");
        }
        long[] bits = new long[FIELDS.size()];
        for (int i = 0; i < bits.length; i++) {
            for (String range : split(fields.get(i), ',')) {
                if (!range.isEmpty()) {
                    bits[i] |= range(range, FIELDS.get(i));
                }
            }
        }
        return new Calendar(bits[0], bits[1], bits[2], bits[3], bits[4], zone);
    }

    /**
     * The zone of a name in the database of time zones. Go also knows the empty name, which is UTC's, and
     * {@code Local}, in no other spelling.
     */
    public static Optional<ZoneId> zone(String name) {
        if (name.isEmpty() || name.equals("Local")) {
            return Optional.of(ZoneOffset.UTC);
        }
        return ZoneRulesProvider.getAvailableZoneIds().contains(name) ? Optional.of(ZoneId.of(name)) : Optional.empty();
    }

    /** At the same distance always. */
    private static final class Every extends CronSchedule {
        private final Duration distance;

        Every(Duration distance) {
            this.distance = distance.toSeconds() < 1 ? Duration.ofSeconds(1) : Duration.ofSeconds(distance.toSeconds());
        }

        @Override
        public Optional<Instant> next(Instant after) {
            return Optional.of(Instant.ofEpochSecond(after.getEpochSecond()).plus(distance));
        }
    }

    /** The full minutes whose fields are all in sets of bits. */
    private static final class Calendar extends CronSchedule {
        /** Set in a field of days that says any: then both fields of days must match, else one of them. */
        static final long ANY = 1L << 63;

        private static final int YEARS = 5;

        private final long minutes;
        private final long hours;
        private final long daysOfMonth;
        private final long months;
        private final long daysOfWeek;
        private final ZoneId zone;

        Calendar(long minutes, long hours, long daysOfMonth, long months, long daysOfWeek, ZoneId zone) {
            this.minutes = minutes;
            this.hours = hours;
            this.daysOfMonth = daysOfMonth;
            this.months = months;
            this.daysOfWeek = daysOfWeek;
            this.zone = zone;
        }

        @Override
        public Optional<Instant> next(Instant after) {
            if (minutes == 0 || hours == 0) {
                return Optional.empty(); // not to try every minute of the years
            }
            var time = Instant.ofEpochSecond(after.getEpochSecond() + 1).atZone(zone);
            int last = time.getYear() + YEARS;
            while (time.getYear() <= last) {
                if (!has(months, time.getMonthValue())) {
                    time = time.toLocalDate().withDayOfMonth(1).plusMonths(1).atStartOfDay(zone);
                } else if (!isDay(time)) {
                    time = time.toLocalDate().plusDays(1).atStartOfDay(zone);
                } else if (!has(hours, time.getHour())) {
                    time = time.plusSeconds(3600 - time.getMinute() * 60L - time.getSecond());
                } else if (!has(minutes, time.getMinute()) || time.getSecond() != 0) {
                    time = time.plusSeconds(60L - time.getSecond());
                } else {
                    return Optional.of(time.toInstant());
                }
            }
            return Optional.empty();
        }

        private boolean isDay(ZonedDateTime time) {
            boolean ofMonth = has(daysOfMonth, time.getDayOfMonth());
            boolean ofWeek = has(daysOfWeek, time.getDayOfWeek().getValue() % 7);
            return (daysOfMonth & ANY) != 0 || (daysOfWeek & ANY) != 0 ? ofMonth && ofWeek : ofMonth || ofWeek;
        }

        private static boolean has(long set, int value) {
            return (set & 1L << value) != 0;
        }
    }

    private static Duration duration(String schedule, String text) {
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CronException("failed to parse duration " + schedule + ": " + e.getMessage());
        }
    }

    private static long range(String text, Bounds bounds) {
        List<String> parts = split(text, '/');
        List<String> ends = split(parts.getFirst(), '-');
        long first;
        long last;
        long any = 0;
        if (ends.getFirst().equals("*") || ends.getFirst().equals("?")) {
            first = bounds.least();
            last = bounds.most();
            any = Calendar.ANY;
        } else {
            first = number(ends.getFirst(), bounds.names());
            if (ends.size() > 2) {
                throw new CronException("too many hyphens: " + text);
            }
            last = ends.size() == 1 ? first : number(ends.get(1), bounds.names());
        }
        long step = 1;
        if (parts.size() == 2) {
            step = number(parts.get(1), Map.of());
            last = ends.size() == 1 ? bounds.most() : last;
            any = step > 1 ? 0 : any;
        } else if (parts.size() > 2) {
            throw new CronException("too many slashes: " + text);
        }
        if (first < bounds.least()) {
            throw new CronException(
                    "beginning of range (" + first + ") below minimum (" + bounds.least() + "): " + text);
        }
        if (last > bounds.most()) {
            throw new CronException("end of range (" + last + ") above maximum (" + bounds.most() + "): " + text);
        }
        if (first > last) {
            throw new CronException("beginning of range (" + first + ") beyond end of range (" + last + "): " + text);
        }
        if (step == 0) {
            throw new CronException("step of range should be a positive number: " + text);
        }
        long bits = any;
        for (long value = first;
                value <= last;
                value += Math.min(step, FIELDS.getFirst().most() + 1L)) {
            bits |= 1L << value;
        }
        return bits;
    }

    private static long number(String text, Map<String, Integer> names) {
        Integer named = names.get(text.toLowerCase(Locale.ROOT));
        if (named != null) {
            return named;
        }
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String digits = signed ? text.substring(1) : text;
        String failed = "failed to parse int from " + text + ": strconv.Atoi: parsing " + GoText.quote(text) + ": ";
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new CronException(failed + "invalid syntax");
        }
        long number;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new CronException(failed + "value out of range");
        }
        if (number < 0) {
            throw new CronException("negative number (" + number + ") not allowed: " + text);
        }
        return number;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.split("\\s+")) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static List<String> split(String text, char at) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || text.charAt(i) == at) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        return parts;
    }
}

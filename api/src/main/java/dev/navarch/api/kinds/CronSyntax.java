package dev.navarch.api.kinds;

import dev.navarch.api.values.GoText;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The grammar of a cron job's schedule: five fields, or a name such as {@code @hourly}.
 *
 * <p>Source: github.com/robfig/cron/v3 parser.go (ParseStandard), which upstream reads schedules with.
 */
final class CronSyntax {
    private static final Set<String> NAMES =
            Set.of("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly");
    private static final String EVERY = "@every ";
    private static final Set<String> UNITS = Set.of("ns", "us", "µs", "μs", "ms", "s", "m", "h");
    private static final int LONGEST_NUMBER = 18;

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

    /** Why a schedule is none. */
    private static final class Wrong extends Exception {
        private static final long serialVersionUID = 1;

        Wrong(String why) {
            super(why, null, false, false);
        }
    }

    private CronSyntax() {}

    /** What is wrong with a schedule, if anything is. */
    static Optional<String> complaint(String schedule) {
        try {
            check(schedule);
            return Optional.empty();
        } catch (Wrong wrong) {
            return Optional.of(String.valueOf(wrong.getMessage()));
        }
    }

    private static void check(String schedule) throws Wrong {
        if (schedule.isEmpty()) {
            throw new Wrong("empty spec string");
        }
        String text = schedule;
        if (schedule.startsWith("TZ=") || schedule.startsWith("CRON_TZ=")) {
            int space = schedule.indexOf(' ');
            if (space < 0) {
                throw new Wrong("expected exactly 5 fields, found 1: [" + schedule + "]");
            }
            String zone = schedule.substring(schedule.indexOf('=') + 1, space);
            if (!isZone(zone)) {
                throw new Wrong("provided bad location " + zone + ": unknown time zone " + zone);
            }
            text = schedule.substring(space).strip();
        }
        if (text.startsWith("@")) {
            name(text);
            return;
        }
        List<String> fields = words(text);
        if (fields.size() != FIELDS.size()) {
            throw new Wrong("expected exactly " + FIELDS.size() + " fields, found " + fields.size() + ": ["
                    + String.join(" ", fields) + "]");
        }
        for (int i = 0; i < FIELDS.size(); i++) {
            for (String range : split(fields.get(i), ',')) {
                if (!range.isEmpty()) {
                    range(range, FIELDS.get(i));
                }
            }
        }
    }

    private static void name(String text) throws Wrong {
        if (text.startsWith(EVERY)) {
            duration(text, text.substring(EVERY.length()));
        } else if (!NAMES.contains(text)) {
            throw new Wrong("unrecognized descriptor: " + text);
        }
    }

    /** Numbers with units, as Go's time.ParseDuration reads them. */
    private static void duration(String schedule, String text) throws Wrong {
        String failed = "failed to parse duration " + schedule + ": time: ";
        String quoted = GoText.quote(text);
        int i = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
        if (text.length() == i) {
            throw new Wrong(failed + "invalid duration " + quoted);
        }
        if (text.substring(i).equals("0")) {
            return;
        }
        while (i < text.length()) {
            int start = i;
            boolean digits = false;
            boolean dot = false;
            while (i < text.length() && (isDigit(text.charAt(i)) || (text.charAt(i) == '.' && !dot))) {
                digits |= isDigit(text.charAt(i));
                dot |= text.charAt(i) == '.';
                i++;
            }
            if (!digits || i - start > LONGEST_NUMBER) {
                throw new Wrong(failed + "invalid duration " + quoted);
            }
            int unit = i;
            while (i < text.length() && !isDigit(text.charAt(i)) && text.charAt(i) != '.') {
                i++;
            }
            if (unit == i) {
                throw new Wrong(failed + "missing unit in duration " + quoted);
            }
            String name = text.substring(unit, i);
            if (!UNITS.contains(name)) {
                throw new Wrong(failed + "unknown unit " + GoText.quote(name) + " in duration " + quoted);
            }
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** Whether the database of time zones has one of this name. */
    static boolean isZone(String name) {
        return name.isEmpty() || ZoneRulesProvider.getAvailableZoneIds().contains(name);
    }

    private static void range(String text, Bounds bounds) throws Wrong {
        List<String> parts = split(text, '/');
        List<String> ends = split(parts.getFirst(), '-');
        long first;
        long last;
        if (ends.getFirst().equals("*") || ends.getFirst().equals("?")) {
            first = bounds.least();
            last = bounds.most();
        } else {
            first = number(ends.getFirst(), bounds.names());
            if (ends.size() > 2) {
                throw new Wrong("too many hyphens: " + text);
            }
            last = ends.size() == 1 ? first : number(ends.get(1), bounds.names());
        }
        long step = 1;
        if (parts.size() == 2) {
            step = number(parts.get(1), Map.of());
            last = ends.size() == 1 ? bounds.most() : last;
        } else if (parts.size() > 2) {
            throw new Wrong("too many slashes: " + text);
        }
        if (first < bounds.least()) {
            throw new Wrong("beginning of range (" + first + ") below minimum (" + bounds.least() + "): " + text);
        }
        if (last > bounds.most()) {
            throw new Wrong("end of range (" + last + ") above maximum (" + bounds.most() + "): " + text);
        }
        if (first > last) {
            throw new Wrong("beginning of range (" + first + ") beyond end of range (" + last + "): " + text);
        }
        if (step == 0) {
            throw new Wrong("step of range should be a positive number: " + text);
        }
    }

    private static long number(String text, Map<String, Integer> names) throws Wrong {
        Integer named = names.get(text.toLowerCase(Locale.ROOT));
        if (named != null) {
            return named;
        }
        boolean signed = text.startsWith("-") || text.startsWith("+");
        String digits = signed ? text.substring(1) : text;
        String failed = "failed to parse int from " + text + ": strconv.Atoi: parsing " + GoText.quote(text) + ": ";
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new Wrong(failed + "invalid syntax");
        }
        try {
            long number = Long.parseLong(text);
            if (number < 0) {
                throw new Wrong("negative number (" + number + ") not allowed: " + text);
            }
            return number;
        } catch (NumberFormatException _) {
            throw new Wrong(failed + "value out of range");
        }
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

package dev.navarch.api.kinds;

import dev.navarch.api.values.GoText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Indexes of an indexed job as its texts write them, such as {@code 1,3-5}.
 *
 * <p>Source: kubernetes pkg/apis/batch/validation/validation.go (validateIndexesFormat, parseIndexInterval).
 *
 * @param intervals the well-formed intervals, in the order of the text, up to the first that is wrong
 * @param complaint what is wrong with the text, if anything is
 */
record JobIndexes(List<Interval> intervals, Optional<String> complaint) {
    record Interval(long first, long last) {}

    static JobIndexes of(String text, long completions) {
        List<Interval> intervals = new ArrayList<>();
        if (text.isEmpty()) {
            return new JobIndexes(intervals, Optional.empty());
        }
        long before = -1;
        for (String part : text.split(",", -1)) {
            String[] ends = part.split("-", -1);
            if (ends.length > 2) {
                return wrong(
                        intervals,
                        "the fragment " + GoText.quote(part)
                                + " violates the requirement that an index interval can have at most two parts"
                                + " separated by '-'");
            }
            long first = -1;
            long last = -1;
            for (String end : ends) {
                OptionalLong number = number(end);
                if (number.isEmpty()) {
                    return wrong(intervals, "cannot convert string to integer for index: " + GoText.quote(end));
                }
                if (number.getAsLong() >= completions) {
                    return wrong(intervals, "too large index: " + GoText.quote(end));
                }
                first = last;
                last = number.getAsLong();
            }
            if (ends.length == 1) {
                first = last;
            } else if (first >= last) {
                return wrong(intervals, "non-increasing order, previous: " + first + ", current: " + last);
            }
            if (!intervals.isEmpty() && before >= first) {
                return wrong(intervals, "non-increasing order, previous: " + before + ", current: " + first);
            }
            intervals.add(new Interval(first, last));
            before = last;
        }
        return new JobIndexes(intervals, Optional.empty());
    }

    private static JobIndexes wrong(List<Interval> intervals, String complaint) {
        return new JobIndexes(intervals, Optional.of(complaint));
    }

    private static OptionalLong number(String text) {
        String digits = text.startsWith("+") ? text.substring(1) : text;
        boolean numeric =
                !digits.isEmpty() && digits.length() <= 18 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return numeric ? OptionalLong.of(Long.parseLong(digits)) : OptionalLong.empty();
    }

    /** How many indexes there are; none if the text is wrong. */
    long total() {
        return complaint.isPresent()
                ? 0
                : intervals.stream()
                        .mapToLong(interval -> interval.last() - interval.first() + 1)
                        .sum();
    }

    /** The first index that both have. */
    OptionalLong overlap(JobIndexes other) {
        int mine = 0;
        int theirs = 0;
        while (mine < intervals.size() && theirs < other.intervals.size()) {
            Interval a = intervals.get(mine);
            Interval b = other.intervals.get(theirs);
            if (a.first() <= b.last() && b.first() <= a.last()) {
                return OptionalLong.of(Math.max(a.first(), b.first()));
            }
            if (a.first() <= b.first()) {
                mine++;
            } else {
                theirs++;
            }
        }
        return OptionalLong.empty();
    }
}

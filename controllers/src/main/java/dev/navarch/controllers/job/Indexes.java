package dev.navarch.controllers.job;

import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Sets of completion indexes as the status writes them: {@code 0,2-5}. */
final class Indexes {
    private Indexes() {}

    /** Malformed parts and indexes from {@code completions} on are left out. */
    static SortedSet<Integer> parse(@Nullable String text, int completions) {
        SortedSet<Integer> indexes = new TreeSet<>();
        if (text == null || text.isEmpty()) {
            return indexes;
        }
        for (var part : text.split(",")) {
            var ends = part.split("-", 2);
            try {
                int last = Math.min(Integer.parseInt(ends[ends.length - 1]), completions - 1);
                for (int i = Integer.parseInt(ends[0]); i <= last; i++) {
                    indexes.add(i);
                }
            } catch (NumberFormatException e) {
                // not ours
            }
        }
        return indexes;
    }

    static String format(SortedSet<Integer> indexes) {
        var text = new StringBuilder();
        int first = -2;
        int last = -2;
        for (int index : indexes) {
            if (index == last + 1) {
                last = index;
                continue;
            }
            append(text, first, last);
            first = index;
            last = index;
        }
        append(text, first, last);
        return text.toString();
    }

    /** source: kubernetes pkg/controller/job/indexed_job_utils.go: two neighbours are no range yet. */
    private static void append(StringBuilder text, int first, int last) {
        if (first < 0) {
            return;
        }
        if (!text.isEmpty()) {
            text.append(',');
        }
        text.append(first);
        if (last > first) {
            text.append(last == first + 1 ? ',' : '-').append(last);
        }
    }
}

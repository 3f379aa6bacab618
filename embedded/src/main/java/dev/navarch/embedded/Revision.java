package dev.navarch.embedded;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One revision of an object, and how it came about.
 *
 * @param number its {@code resourceVersion}
 * @param at when, by the cluster's clock
 * @param by the request that wrote it: verb, user and manager of fields; empty if the server did by itself
 * @param object what it was then; for a deletion what it was last
 * @param deleted whether the object was gone from then on
 * @param diff a line for each field that was added ({@code +}), changed ({@code ~}) or removed ({@code -}); without
 *     {@code resourceVersion} and {@code managedFields}
 */
public record Revision(
        long number, Instant at, Optional<ApiCall> by, ClusterObject object, boolean deleted, List<String> diff) {
    public Revision {
        diff = List.copyOf(diff);
    }

    @Override
    public String toString() {
        var who = by.map(call -> call.verb()
                        + (call.subresource().isEmpty() ? "" : " " + call.subresource())
                        + " by " + call.user() + " (" + call.manager() + ")")
                .orElse("by the server");
        return "%s %s %s%s%s"
                .formatted(
                        number,
                        at,
                        deleted ? "gone, " : "",
                        who,
                        diff.isEmpty() ? "" : "\n    " + String.join("\n    ", diff));
    }
}

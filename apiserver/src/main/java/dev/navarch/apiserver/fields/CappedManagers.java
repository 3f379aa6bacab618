package dev.navarch.apiserver.fields;

import static java.util.Objects.requireNonNull;

import dev.navarch.apiserver.fields.Managed.Entry;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps the number of an object's updaters small, by putting the oldest of them together (source: apimachinery
 * pkg/util/managedfields/internal/capmanagers.go).
 */
final class CappedManagers {
    private static final int MOST_UPDATERS = 10;
    private static final String ANCIENT = "ancient-changes";

    private CappedManagers() {}

    static void cap(Managed managed) {
        var updaters = managed.all().stream()
                .filter(e -> !e.id().applied())
                .sorted(Comparator.comparing(Entry::time).thenComparing(Entry::id))
                .toList();
        int left = updaters.size();
        if (left <= MOST_UPDATERS) {
            return;
        }
        Map<String, ManagerId> firstOfVersion = new HashMap<>();
        for (var updater : updaters) {
            if (left <= MOST_UPDATERS) {
                return;
            }
            var version = updater.apiVersion();
            var first = firstOfVersion.putIfAbsent(version, updater.id());
            if (first == null) {
                continue;
            }
            var bucket = ManagerId.updater(ANCIENT, version, "");
            var together = managed.get(bucket);
            if (together == null) {
                together = requireNonNull(managed.get(first));
                managed.remove(first);
            }
            var fields =
                    new Fields(updater.fields().set().union(together.fields().set()));
            managed.remove(updater.id());
            managed.put(new Entry(bucket, version, fields, updater.time()));
            left--;
        }
    }
}

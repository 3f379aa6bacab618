package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.Managed.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a change of an object means for its managers: who owned a field that has changed loses it, and so does everybody
 * when a field goes. For one change (source: structured-merge-diff merge/update.go).
 */
final class Ownership {
    private final Managed managed;
    private final Function<String, Optional<Comparison>> changes;
    private final Map<String, Optional<Comparison>> byVersion = new HashMap<>();

    /** A field that has changed and its manager, who did not do it. */
    record Conflict(ManagerId manager, List<PathElement> path) {}

    /** @param changes at a version; empty if that is not served */
    Ownership(Managed managed, Function<String, Optional<Comparison>> changes) {
        this.managed = managed;
        this.changes = changes;
    }

    private Optional<Comparison> changes(Entry entry) {
        return byVersion.computeIfAbsent(entry.apiVersion(), changes);
    }

    /** The fields that others than this one would lose. */
    List<Conflict> conflicts(ManagerId except) {
        List<Conflict> conflicts = new ArrayList<>();
        for (var entry : managed.all().stream()
                .sorted((a, b) -> a.id().compareTo(b.id()))
                .toList()) {
            if (!entry.id().equals(except)) {
                changes(entry)
                        .ifPresent(c -> entry.fields()
                                .set()
                                .intersection(c.written())
                                .forEach(path -> conflicts.add(new Conflict(entry.id(), List.copyOf(path)))));
            }
        }
        return conflicts;
    }

    /** Takes the fields from all. */
    void takeAll() {
        managed.all().forEach(this::take);
    }

    /** Takes the fields from all but this one. */
    void takeFromOthers(ManagerId except) {
        for (var entry : managed.all()) {
            if (!entry.id().equals(except)) {
                take(entry);
            }
        }
    }

    /** A manager at a version that is no longer served, and one that has nothing left, is forgotten. */
    private void take(Entry entry) {
        var changed = changes(entry);
        if (changed.isEmpty()) {
            managed.remove(entry.id());
            return;
        }
        var left = entry.fields()
                .set()
                .difference(entry.fields().set().intersection(changed.get().written()))
                .difference(changed.get().removed());
        if (left.isEmpty()) {
            managed.remove(entry.id());
        } else {
            managed.put(entry.with(entry.fields().with(left)));
        }
    }
}

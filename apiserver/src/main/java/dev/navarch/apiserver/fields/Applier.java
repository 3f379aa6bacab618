package dev.navarch.apiserver.fields;

import dev.navarch.apiserver.fields.FieldManager.Versioned;
import dev.navarch.apiserver.fields.Managed.Entry;
import dev.navarch.apiserver.fields.Ownership.Conflict;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One apply (sources: structured-merge-diff merge/update.go, Apply and prune; apimachinery
 * pkg/util/managedfields/internal/structuredmerge.go, conflict.go).
 */
final class Applier {
    private final FieldManager fields;
    private final ObjectNode live;
    private final ObjectNode config;
    private final FieldWriter by;
    private final ManagerId id;

    /** @param object the live one itself if nothing is to be changed */
    record Applied(ObjectNode object, Managed managed) {}

    Applier(FieldManager fields, ObjectNode live, ObjectNode config, FieldWriter by) {
        this.fields = fields;
        this.live = live;
        this.config = config;
        this.by = by;
        this.id = ManagerId.applier(by.manager(), by.subresource());
    }

    Applied apply(boolean force) {
        check();
        var migration = new LastApplied(fields, live, by);
        var managed = fields.forApply(live, by);
        try {
            var outcome = merge(managed, force, migration);
            return migration.keep(outcome, config);
        } catch (FieldsException e) {
            throw FieldManager.failure("failed to merge config: " + e.getMessage());
        }
    }

    private void check() {
        if (!Tree.text(config, "apiVersion").equals(fields.apiVersion())
                || !Tree.text(config, "kind").equals(fields.kind())) {
            throw ApiFailure.badRequest("invalid object type: " + FieldManager.groupVersionKind(config));
        }
        if (Tree.has(config, "metadata", "managedFields")) {
            throw ApiFailure.badRequest("metadata.managedFields must be nil");
        }
        var mistakes = ConfigCheck.mistakes(config, fields.shape());
        if (!mistakes.isEmpty()) {
            throw FieldManager.failure(
                    "failed to create typed patch object (" + fields.describe(config) + "): " + mistakes);
        }
    }

    private Applied merge(Managed managed, boolean force, LastApplied migration) {
        var before = managed.get(id);
        var set = by.writable().apply(Declared.by(config, fields.shape()));
        managed.put(new Entry(id, fields.apiVersion(), new Fields(set), before == null ? "" : before.time()));
        var now = prune(Merger.merge(live, config, fields.shape()), managed, before);
        var ownership = fields.ownership(managed, live, now, by);
        if (!force) {
            var conflicts = migration.refused(ownership.conflicts(id));
            if (!conflicts.isEmpty()) {
                throw failure(conflicts);
            }
        }
        ownership.takeFromOthers(id);
        boolean changed = !Sameness.plain(live, now);
        var own = fields.tracked(set);
        if (own.isEmpty()) {
            managed.remove(id);
        } else {
            var entry = new Entry(id, fields.apiVersion(), new Fields(own), before == null ? "" : before.time());
            managed.put(changed ? entry.at(fields.now()) : entry);
        }
        return new Applied(changed ? now : live, managed);
    }

    private static ApiFailure failure(List<Conflict> conflicts) {
        var causes = conflicts.stream()
                .map(c ->
                        new Cause("FieldManagerConflict", "conflict with " + c.manager(), PathElement.print(c.path())))
                .toList();
        if (conflicts.size() == 1) {
            var only = conflicts.getFirst();
            return ApiFailure.applyConflict(
                    causes,
                    "Apply failed with 1 conflict: conflict with " + only.manager() + ": "
                            + PathElement.print(only.path()));
        }
        List<String> lines = new ArrayList<>();
        ManagerId manager = null;
        for (var conflict : conflicts) {
            if (!conflict.manager().equals(manager)) {
                manager = conflict.manager();
                lines.add("conflicts with " + manager + ":");
            }
            lines.add("- " + PathElement.print(conflict.path()));
        }
        return ApiFailure.applyConflict(
                causes, "Apply failed with " + conflicts.size() + " conflicts: " + String.join("\n", lines));
    }

    /**
     * Takes out what this manager applied last time, does not apply now, and nobody else has.
     *
     * @param before what it applied last time
     */
    private ObjectNode prune(ObjectNode merged, Managed managed, @Nullable Entry before) {
        if (before == null || before.fields().set().isEmpty()) {
            return merged;
        }
        var then = fields.at(fields.versioned(merged), before.apiVersion());
        if (then.isEmpty()) {
            return merged;
        }
        var last = before.fields().set();
        var whole = then.get();
        var pruned = whole.without(whole.named(last));
        pruned = addBackOwned(whole, pruned, managed);
        var atLast = fields.at(pruned, before.apiVersion());
        pruned = atLast.isEmpty() ? whole : addBackDangling(whole, atLast.get(), last);
        return fields.at(pruned, fields.apiVersion()).orElse(pruned).tree();
    }

    /** What others, or this manager now, have is not to go. */
    private Versioned addBackOwned(Versioned whole, Versioned pruned, Managed managed) {
        Map<String, FieldSet> owned = new HashMap<>();
        for (var entry : managed.all()) {
            owned.merge(entry.apiVersion(), entry.fields().set(), FieldSet::union);
        }
        var left = pruned;
        var first = owned.remove(pruned.apiVersion());
        if (first != null) {
            left = addBack(whole, left, first);
        }
        for (var entry : owned.entrySet()) {
            var all = fields.at(whole, entry.getKey());
            var some = fields.at(left, entry.getKey());
            if (all.isPresent() && some.isPresent()) {
                left = addBack(all.get(), some.get(), entry.getValue());
            }
        }
        return left;
    }

    private static Versioned addBack(Versioned whole, Versioned pruned, FieldSet owned) {
        var keep = whole.named(pruned.declared()).union(whole.named(owned));
        return whole.without(whole.named(whole.declared()).difference(keep));
    }

    /** What this manager never had is not to go either. */
    private static Versioned addBackDangling(Versioned whole, Versioned pruned, FieldSet last) {
        return whole.without(whole.named(whole.declared())
                .difference(whole.named(pruned.declared()))
                .intersection(whole.named(last)));
    }
}

package dev.navarch.storage;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes that were decided upon but have not happened yet: the next snapshot, how it came about, and the answers. */
final class Step {
    private Snapshot next;
    private final List<Commit> commits = new ArrayList<>();
    private final List<WriteResult> results = new ArrayList<>();

    Step(Snapshot start) {
        this.next = start;
    }

    Snapshot next() {
        return next;
    }

    List<Commit> commits() {
        return commits;
    }

    /** One for each write, in their order. */
    List<WriteResult> results() {
        return results;
    }

    @Nullable
    Entry current(String key) {
        return next.tree().get(key);
    }

    long nextRevision() {
        return next.revision() + 1;
    }

    void commit(Commit commit, EntryTree tree, Entry answer) {
        next = new Snapshot(commit.event().revision(), tree);
        commits.add(commit);
        results.add(new WriteResult.Committed(answer));
    }

    void refuse(WriteResult.Stale refusal) {
        results.add(refusal);
    }
}

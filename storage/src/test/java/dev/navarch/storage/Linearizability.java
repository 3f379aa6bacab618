package dev.navarch.storage;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of the operations on one register in which each could have been done at one moment between its begin and
 * its end. It knows nothing of revisions: the values alone must fit (source of the search: Wing and Gong, "Testing and
 * verifying concurrent objects"; Lowe, "Testing for linearizability").
 */
final class Linearizability {

    /**
     * What somebody did to the register. A value is another one each time; null is none.
     *
     * @param end {@link Long#MAX_VALUE} if nobody knows whether it was done: it may be, at any time from its begin on
     */
    record Operation(long start, long end, Step step) {
        boolean known() {
            return end != Long.MAX_VALUE;
        }
    }

    sealed interface Step {
        /** Found this value. */
        record Read(@Nullable String value) implements Step {}

        /** Put a value in the place of another one, and succeeded. */
        record Swap(@Nullable String expected, @Nullable String value) implements Step {}
    }

    /** An operation's begin, or its end; linked, so that what was chosen can be taken out and put back in its place. */
    private static final class Event {
        private final int id;
        private final Operation operation;
        private final @Nullable Event end;
        private @Nullable Event before;
        private @Nullable Event after;

        Event(int id, Operation operation, @Nullable Event end) {
            this.id = id;
            this.operation = operation;
            this.end = end;
        }
    }

    /** What was done by now, and what the register holds then: never looked at twice. */
    private record Configuration(
            int from,
            BitSet later,
            BitSet unknown,
            @Nullable String value) {}

    private record Choice(Event begin, @Nullable String valueBefore) {}

    private final Event first = new Event(-1, new Operation(0, 0, new Step.Read(null)), null);
    private final Set<Configuration> seen = new HashSet<>();
    private final Deque<Choice> choices = new ArrayDeque<>();
    private final BitSet done = new BitSet();
    private final BitSet doneUnknown = new BitSet();
    private int wanted;

    private Linearizability(List<Operation> operations) {
        record At(long time, boolean begin, Event event) {}
        List<At> events = new ArrayList<>();
        int known = 0;
        int unknown = 0;
        for (var operation : operations.stream()
                .sorted(Comparator.comparingLong(Operation::start))
                .toList()) {
            if (operation.known()) {
                var end = new Event(known, operation, null);
                events.add(new At(operation.end, false, end));
                events.add(new At(operation.start, true, new Event(known++, operation, end)));
            } else {
                events.add(new At(operation.start, true, new Event(unknown++, operation, null)));
            }
        }
        wanted = known;
        events.sort(Comparator.comparingLong(At::time).thenComparing(At::begin, Comparator.reverseOrder()));
        var last = first;
        for (var at : events) {
            last.after = at.event;
            at.event.before = last;
            last = at.event;
        }
    }

    /** The register begins empty. Returns what can't be put in order: the operation at whose end all ways were blocked. */
    static Optional<Operation> violation(List<Operation> operations) {
        return new Linearizability(operations).search();
    }

    private Optional<Operation> search() {
        String value = null;
        Operation blocked = null;
        var at = first.after;
        while (wanted > 0) {
            boolean begin = at != null && (at.end != null || !at.operation.known());
            if (at != null && begin) {
                if (possible(at.operation.step, value) && choose(at, value)) {
                    value = after(at.operation.step, value);
                    at = first.after;
                } else {
                    at = at.after;
                }
                continue;
            }
            if (at != null) {
                blocked = at.operation;
            }
            if (choices.isEmpty()) {
                return Optional.of(Objects.requireNonNull(blocked));
            }
            var last = choices.pop();
            value = last.valueBefore;
            mark(last.begin, false);
            putBack(last.begin);
            at = last.begin.after;
        }
        return Optional.empty();
    }

    private static boolean possible(Step step, @Nullable String value) {
        return switch (step) {
            case Step.Read(var found) -> Objects.equals(found, value);
            case Step.Swap(var expected, var _) -> Objects.equals(expected, value);
        };
    }

    private static @Nullable String after(Step step, @Nullable String value) {
        return step instanceof Step.Swap(var _, var next) ? next : value;
    }

    /** False if the same was tried before. */
    private boolean choose(Event begin, @Nullable String value) {
        mark(begin, true);
        int from = done.nextClearBit(0);
        var configuration = new Configuration(
                from,
                done.get(from, Math.max(from, done.length())),
                (BitSet) doneUnknown.clone(),
                after(begin.operation.step, value));
        if (!seen.add(configuration)) {
            mark(begin, false);
            return false;
        }
        choices.push(new Choice(begin, value));
        takeOut(begin);
        return true;
    }

    private void mark(Event begin, boolean as) {
        if (begin.operation.known()) {
            done.set(begin.id, as);
            wanted += as ? -1 : 1;
        } else {
            doneUnknown.set(begin.id, as);
        }
    }

    private static void takeOut(Event begin) {
        unlink(begin);
        if (begin.end != null) {
            unlink(begin.end);
        }
    }

    private static void putBack(Event begin) {
        if (begin.end != null) {
            link(begin.end);
        }
        link(begin);
    }

    private static void unlink(Event event) {
        Objects.requireNonNull(event.before).after = event.after;
        if (event.after != null) {
            event.after.before = event.before;
        }
    }

    private static void link(Event event) {
        Objects.requireNonNull(event.before).after = event;
        if (event.after != null) {
            event.after.before = event;
        }
    }
}

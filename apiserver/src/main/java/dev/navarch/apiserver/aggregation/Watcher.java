package dev.navarch.apiserver.aggregation;

import dev.navarch.apiserver.aggregation.Availability.Verdict;
import dev.navarch.apiserver.discovery.Elsewhere;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.OwnRequests;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Looks whether servers are there, and what they serve; one look at a time for each APIService. A failed look is
 * repeated, at first soon, and then less and less often.
 */
final class Watcher implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watcher.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(5);
    private static final Duration LAST_RETRY = Duration.ofSeconds(30);
    private static final Duration DESCRIBED = Duration.ofMinutes(1);

    private final Availability availability;
    private final RemoteDocuments documents;
    private final Conditions conditions;
    private final TimeSource time;
    private final Runnable described;
    private final Map<String, State> states = new HashMap<>();
    private boolean closed;

    private static final class State {
        Registered registered;
        boolean looking;
        boolean again;
        int failures;
        TimeSource.@Nullable Timer retry;

        @Nullable
        Registered describedAs;

        long describedAt;
        Elsewhere.@Nullable Served served;

        State(Registered registered) {
            this.registered = registered;
        }
    }

    /** @param described called when what a server serves has become known, or stale */
    Watcher(
            Availability availability,
            RemoteDocuments documents,
            Conditions conditions,
            TimeSource time,
            Runnable described) {
        this.availability = availability;
        this.documents = documents;
        this.conditions = conditions;
        this.time = time;
        this.described = described;
    }

    /** Looks soon, by a thread of its own. */
    synchronized void look(Registered registered) {
        if (closed) {
            return;
        }
        var state = states.computeIfAbsent(registered.name(), _ -> new State(registered));
        state.registered = registered;
        if (state.looking) {
            state.again = true;
            return;
        }
        state.looking = true;
        Thread.ofVirtual().name("aggregation check " + registered.name()).start(() -> run(state));
    }

    synchronized void forget(String name) {
        var gone = states.remove(name);
        if (gone != null && gone.retry != null) {
            gone.retry.cancel();
        }
    }

    /** What its server says; nothing but that there is such a version, if that is not known yet. */
    synchronized Elsewhere.Served described(Registered registered) {
        var state = states.get(registered.name());
        if (state == null || state.served == null) {
            return new Elsewhere.Served(Tree.object(), true, MissingNode.getInstance(), Map.of());
        }
        return state.served;
    }

    private void run(State state) {
        try {
            while (true) {
                Registered now;
                synchronized (this) {
                    state.again = false;
                    now = state.registered;
                }
                boolean well = look(state, now);
                synchronized (this) {
                    if (!state.again || closed) {
                        state.looking = false;
                        retry(state, well);
                        return;
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.warn("The APIService {} could not be looked at; trying again", state.registered.name(), e);
            synchronized (this) {
                state.looking = false;
                retry(state, false);
            }
        }
    }

    private void retry(State state, boolean well) {
        if (state.retry != null) {
            state.retry.cancel();
            state.retry = null;
        }
        state.failures = well ? 0 : state.failures + 1;
        if (!well && !closed && states.get(state.registered.name()) == state) {
            var wait = FIRST_RETRY.multipliedBy(1L << Math.min(state.failures - 1, 20));
            state.retry =
                    time.schedule(wait.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : wait, () -> look(state.registered));
        }
    }

    /** @return whether there is no need to look again soon */
    private boolean look(State state, Registered registered) throws InterruptedException {
        var verdict = availability.of(registered);
        conditions.set(registered, verdict);
        if (registered.backend().isEmpty()) {
            return true;
        }
        if (!verdict.available()) {
            stale(state);
            // what the store tells is waited for; what the network does not
            return !verdict.reason().equals("FailedDiscoveryCheck");
        }
        return described(state, registered);
    }

    private boolean described(State state, Registered registered) throws InterruptedException {
        synchronized (this) {
            var before = state.describedAs;
            boolean known = before != null
                    && before.backend().equals(registered.backend())
                    && before.uid().equals(registered.uid())
                    && state.served != null
                    && !state.served.stale()
                    && time.nanoTime() - state.describedAt < DESCRIBED.toNanos();
            if (known) {
                return true;
            }
        }
        try {
            var served = documents.of(registered);
            synchronized (this) {
                state.served = served;
                state.describedAs = registered;
                state.describedAt = time.nanoTime();
            }
            described.run();
            return true;
        } catch (IOException e) {
            log.debug("What {} serves is not known: {}", registered.name(), e.getMessage());
            stale(state);
            return false;
        }
    }

    private void stale(State state) {
        synchronized (this) {
            var before = state.served;
            if (before != null && before.stale()) {
                return;
            }
            state.served = before == null
                    ? new Elsewhere.Served(Tree.object(), true, MissingNode.getInstance(), Map.of())
                    : new Elsewhere.Served(before.discovery(), true, before.openApi2(), before.openApi3());
        }
        described.run();
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (var state : states.values()) {
            if (state.retry != null) {
                state.retry.cancel();
            }
        }
    }

    /** Writes verdicts into APIServices. */
    static final class Conditions {
        private final OwnRequests requests;
        private final Function<String, Optional<ObjectNode>> reader;
        private final TimeSource time;

        Conditions(OwnRequests requests, Function<String, Optional<ObjectNode>> reader, TimeSource time) {
            this.requests = requests;
            this.reader = reader;
            this.time = time;
        }

        /** What was changed in between will be looked at again, since its change is followed. */
        void set(Registered registered, Verdict verdict) throws InterruptedException {
            var there = reader.apply(registered.name());
            if (there.isEmpty() || !Meta.uid(there.get()).equals(registered.uid())) {
                return;
            }
            var now = there.get();
            if (!Registered.of(now).backend().equals(registered.backend()) || !put(now, verdict)) {
                return;
            }
            try {
                requests.update(Registrations.PATH + "/" + registered.name() + "/status", now);
            } catch (ApiFailure e) {
                log.warn("The condition of {} could not be written: {}", registered.name(), e.getMessage());
            }
        }

        /** @return whether that changed anything */
        private boolean put(ObjectNode object, Verdict verdict) {
            var status = verdict.available() ? "True" : "False";
            var all = Tree.childArray(Tree.childObject(object, "status"), "conditions");
            ObjectNode condition = null;
            for (var one : all) {
                if (one instanceof ObjectNode there && Tree.text(there, "type").equals("Available")) {
                    condition = there;
                }
            }
            if (condition == null) {
                condition = all.addObject().put("type", "Available");
            }
            if (Tree.text(condition, "status").equals(status)
                    && Tree.text(condition, "reason").equals(verdict.reason())
                    && Tree.text(condition, "message").equals(verdict.message())) {
                return false;
            }
            if (!Tree.text(condition, "status").equals(status)) {
                condition.put("status", status).put("lastTransitionTime", Meta.time(time.now()));
            }
            condition.put("reason", verdict.reason()).put("message", verdict.message());
            return true;
        }
    }
}

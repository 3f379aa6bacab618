package dev.navarch.embedded;

import dev.navarch.apiserver.request.ApiFailure;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong with requests on purpose. A fault hits requests that are authorized, from any client, the cluster's own
 * components included: say whose in the predicate.
 *
 * <pre>{@code
 * cluster.faults().next(2, call -> call.is("update", "backups")).conflict();
 * cluster.faults().watches(call -> call.resource().equals("backups")).drop();
 * }</pre>
 */
public final class Faults {
    private final List<Fault> planned = new CopyOnWriteArrayList<>();
    private final Set<OpenWatch> watches = ConcurrentHashMap.newKeySet();

    Faults() {}

    /** What happens to a request instead of its service, or before it. */
    private interface Effect {
        void on(ApiCall call) throws InterruptedException;
    }

    /** A fault that was planned. */
    public final class Fault {
        private final Predicate<ApiCall> which;
        private final Effect effect;
        private final AtomicInteger left;
        private final int times;

        private Fault(Predicate<ApiCall> which, Effect effect, int times) {
            this.which = which;
            this.effect = effect;
            this.times = times;
            left = new AtomicInteger(times);
        }

        /** How many requests it has hit. */
        public int hits() {
            return times - Math.max(0, left.get());
        }

        /** Plans no more of it. */
        public void cancel() {
            planned.remove(this);
        }

        private boolean takes(ApiCall call) {
            if (left.get() <= 0 || !which.test(call)) {
                return false;
            }
            int before = left.getAndDecrement();
            if (before <= 1) {
                planned.remove(this);
            }
            return before > 0;
        }
    }

    /** What is to happen to some requests. */
    public final class Planned {
        private final int times;
        private final Predicate<ApiCall> which;

        private Planned(int times, Predicate<ApiCall> which) {
            this.times = times;
            this.which = which;
        }

        private Fault effect(Effect effect) {
            var fault = new Fault(which, effect, times);
            planned.add(fault);
            return fault;
        }

        private Fault refusal(java.util.function.Function<ApiCall, ApiFailure> refusal) {
            return effect(call -> {
                throw refusal.apply(call);
            });
        }

        /** 429: try again after this. */
        public Fault tooManyRequests(Duration retryAfter) {
            return refusal(_ -> ApiFailure.tooManyRequests(
                    "the server has received too many requests and has asked us to try again later",
                    (int) Math.max(1, retryAfter.toSeconds())));
        }

        /** 500. */
        public Fault internalError() {
            return refusal(_ -> ApiFailure.internalError("a fault that the test has planned"));
        }

        /** 409: somebody else has changed the object. */
        public Fault conflict() {
            return refusal(call -> ApiFailure.modified(call.group(), call.resource(), call.name()));
        }

        /** 504: it took too long; whether it came to pass is not said. It did not. */
        public Fault timeout() {
            return refusal(_ -> ApiFailure.timeout("request did not complete within the allotted timeout", 0));
        }

        /** 504 as well, but the request was served: what it asked for has happened. */
        public Fault timeoutAfterwards() {
            return effect(_ -> {
                throw new Afterwards();
            });
        }

        /** 503. */
        public Fault unavailable() {
            return refusal(_ -> ApiFailure.serviceUnavailable("a fault that the test has planned"));
        }

        /** 410: the resource version is too old. */
        public Fault expired() {
            return refusal(_ -> ApiFailure.expired("The resourceVersion for the provided watch is too old."));
        }

        /** It takes so long more, of real time, which is what clients feel. */
        public Fault latency(Duration more) {
            return effect(_ -> Thread.sleep(more));
        }
    }

    /** Says that a request is to be served, and its answer lost. */
    private static final class Afterwards extends RuntimeException {
        private static final long serialVersionUID = 1;

        Afterwards() {
            super("the answer is lost", null, false, false);
        }
    }

    /** Watches that are open now. */
    public final class Watches {
        private final Predicate<ApiCall> which;

        private Watches(Predicate<ApiCall> which) {
            this.which = which;
        }

        /**
         * Ends them in the middle, as when a connection breaks.
         *
         * @return how many there were
         */
        public int drop() {
            return end(null);
        }

        /**
         * Ends them by an event that says 410: too old to go on.
         *
         * @return how many there were
         */
        public int expire() {
            return end(ApiFailure.expired("too old resource version"));
        }

        private int end(@Nullable ApiFailure last) {
            var matching =
                    watches.stream().filter(open -> which.test(open.call())).toList();
            matching.forEach(open -> open.end(last));
            return matching.size();
        }
    }

    /** The next so many requests of these. */
    public Planned next(int times, Predicate<ApiCall> which) {
        if (times < 1) {
            throw new IllegalArgumentException("a fault hits one request at least: " + times);
        }
        return new Planned(times, which);
    }

    /** All requests of these, until the fault is cancelled. */
    public Planned all(Predicate<ApiCall> which) {
        return new Planned(Integer.MAX_VALUE, which);
    }

    /** The open watches of these; the predicate sees the requests that have opened them. */
    public Watches watches(Predicate<ApiCall> which) {
        return new Watches(which);
    }

    /** Plans nothing any more. */
    public void clear() {
        planned.clear();
    }

    boolean any() {
        return !planned.isEmpty();
    }

    /**
     * Does what is planned for a request.
     *
     * @return whether it is to be served, and then answered as if it were not
     * @throws ApiFailure if it is refused
     */
    boolean strike(ApiCall call) throws InterruptedException {
        for (var fault : planned) {
            if (fault.takes(call)) {
                try {
                    fault.effect.on(call);
                } catch (Afterwards _) {
                    return true;
                }
            }
        }
        return false;
    }

    void opened(OpenWatch watch) {
        watches.add(watch);
    }

    void closed(OpenWatch watch) {
        watches.remove(watch);
    }
}

package dev.navarch.apiserver.flowcontrol;

import java.util.Map;
import java.util.TreeMap;

/**
 * What is counted of a flow schema's requests at a priority level; guarded by the level's lock, so that counting costs next
 * to nothing. Source of names and bounds: k8s.io/apiserver pkg/util/flowcontrol/metrics/metrics.go.
 */
final class FlowCounts {
    private static final double[] SECONDS = {0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30};

    long dispatched;
    long notAccommodated;
    int executing;
    int executingSeats;
    int inQueue;
    int seatsInQueue;
    final Map<Refusal, Long> rejected = new TreeMap<>();
    final Buckets waitOfExecuted = new Buckets(SECONDS);
    final Buckets waitOfRefused = new Buckets(SECONDS);
    final Buckets execution = new Buckets(SECONDS);
    final Buckets watchExecution = new Buckets(SECONDS);
    final Buckets queueLength = new Buckets(0, 10, 25, 50, 100, 250, 500, 1000);
    final Buckets seats = new Buckets(1, 2, 4, 8, 16, 32, 64, 100);
    final Buckets watchers = new Buckets(0, 1, 10, 100, 1000, 10000);

    /** Why a request is not served. */
    enum Refusal {
        CONCURRENCY_LIMIT("concurrency-limit"),
        QUEUE_FULL("queue-full"),
        TIME_OUT("time-out");

        final String label;

        Refusal(String label) {
            this.label = label;
        }
    }

    void reject(Refusal why) {
        rejected.merge(why, 1L, Long::sum);
    }

    Buckets execution(String verb) {
        return verb.equals("watch") ? watchExecution : execution;
    }
}

package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of an event: a new object, a higher count of one written before, or nothing. Without threads
 * and clock; used by one thread.
 *
 * <ul>
 *   <li>The tenth event within 10 minutes that differs from others in its message alone, and those after it, become
 *       one combined event.
 *   <li>A repeated event counts up the one written before.
 *   <li>A source may make 25 events about an object, then one every 5 minutes.
 * </ul>
 *
 * <p>source: client-go tools/record/events_cache.go.
 */
final class EventCorrelator {
    private static final int CACHE = 4096;
    private static final int AGGREGATE_FROM = 10;
    private static final Duration AGGREGATE_WITHIN = Duration.ofMinutes(10);
    private static final double BURST = 25;
    private static final Duration REFILL = Duration.ofMinutes(5);

    /** What to write. */
    sealed interface Verdict {
        record Create(Event event, List<String> key) implements Verdict {}

        /** Change count, time and message of the event of this name. */
        record Count(Event event, List<String> key) implements Verdict {}

        record Skip() implements Verdict {}
    }

    private record Similar(Set<String> messages, Instant last) {}

    private record Observed(int count, String firstTimestamp, String name) {}

    private record Bucket(double tokens, Instant at) {}

    private final Map<List<String>, Similar> similar = new Recent<>();
    private final Map<List<String>, Observed> observed = new Recent<>();
    private final Map<List<String>, Bucket> buckets = new Recent<>();

    /** Forgets what was not used for longest. */
    private static final class Recent<K, V> extends LinkedHashMap<K, V> {
        private static final long serialVersionUID = 1L;

        Recent() {
            super(64, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > CACHE;
        }
    }

    Verdict correlate(Event event, Instant now) {
        var key = eventKey(event);
        var candidate = event;
        if (combines(event, now)) {
            key = aggregateKey(event);
            candidate = new EventBuilder(event)
                    .withMessage("(combined from similar events): " + event.getMessage())
                    .build();
        }
        var before = observed.get(key);
        if (before != null) {
            candidate = new EventBuilder(candidate)
                    .editMetadata()
                    .withName(before.name)
                    .endMetadata()
                    .withFirstTimestamp(before.firstTimestamp)
                    .withCount(before.count + 1)
                    .build();
        }
        observe(key, candidate);
        if (!hasToken(event, now)) {
            return new Verdict.Skip();
        }
        return before == null ? new Verdict.Create(candidate, key) : new Verdict.Count(candidate, key);
    }

    /** The next equal event is to be created anew: the one written before is gone, or never was written. */
    void forget(List<String> key) {
        observed.remove(key);
    }

    private void observe(List<String> key, Event event) {
        observed.put(
                key,
                new Observed(
                        event.getCount(),
                        event.getFirstTimestamp(),
                        event.getMetadata().getName()));
    }

    private boolean combines(Event event, Instant now) {
        var key = aggregateKey(event);
        var before = similar.get(key);
        Set<String> messages =
                before == null || Duration.between(before.last, now).compareTo(AGGREGATE_WITHIN) > 0
                        ? new HashSet<>()
                        : before.messages;
        if (messages.size() < AGGREGATE_FROM || messages.contains(event.getMessage())) {
            messages.add(event.getMessage());
        }
        boolean full = messages.size() >= AGGREGATE_FROM;
        if (full) {
            messages.remove(
                    event.getMessage()); // the set must not grow, and the next new message is one too many again
        }
        similar.put(key, new Similar(messages, now));
        return full;
    }

    private boolean hasToken(Event event, Instant now) {
        var key = spamKey(event);
        var bucket = buckets.getOrDefault(key, new Bucket(BURST, now));
        double refilled = Math.max(0, Duration.between(bucket.at, now).toMillis() / (double) REFILL.toMillis());
        double tokens = Math.min(BURST, bucket.tokens + refilled);
        boolean has = tokens >= 1;
        buckets.put(key, new Bucket(has ? tokens - 1 : tokens, now));
        return has;
    }

    private static List<String> spamKey(Event event) {
        var about = event.getInvolvedObject();
        return List.of(
                text(event.getSource().getComponent()),
                text(event.getSource().getHost()),
                text(about.getKind()),
                text(about.getNamespace()),
                text(about.getName()),
                text(about.getUid()),
                text(about.getApiVersion()));
    }

    private static List<String> aggregateKey(Event event) {
        return List.of(String.join("\0", spamKey(event)), event.getType(), event.getReason());
    }

    private static List<String> eventKey(Event event) {
        ObjectReference about = event.getInvolvedObject();
        return List.of(
                String.join("\0", spamKey(event)),
                text(about.getFieldPath()),
                event.getType(),
                event.getReason(),
                event.getMessage());
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}

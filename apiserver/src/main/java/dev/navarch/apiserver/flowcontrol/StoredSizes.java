package dev.navarch.apiserver.flowcontrol;

import dev.navarch.storage.Entry;
import dev.navarch.storage.Range;
import dev.navarch.storage.Store;
import dev.navarch.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many objects of a resource are stored and how long they are, roughly: counted at most once a minute, and measured by
 * the first hundred. Source: k8s.io/apiserver pkg/util/flowcontrol/request/object_count_tracker.go, which the storage tells
 * as often.
 */
final class StoredSizes {
    private static final long KEPT_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int SAMPLE = 100;
    private static final int MOST_RESOURCES = 10_000;

    private final Store store;
    private final TimeSource time;
    private final ConcurrentHashMap<Resource, Counted> known = new ConcurrentHashMap<>();

    private record Resource(String group, String plural) {}

    private record Counted(Size size, long at) {}

    /** @param averageBytes of an object's encoding */
    record Size(long objects, long averageBytes) {}

    StoredSizes(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    Size of(String group, String plural) {
        var resource = new Resource(group, plural);
        long now = time.nanoTime();
        var counted = known.get(resource);
        if (counted == null || now - counted.at > KEPT_NANOS) {
            if (known.size() >= MOST_RESOURCES) {
                known.clear(); // who asks makes names up
            }
            counted = new Counted(count(resource), now);
            known.put(resource, counted);
        }
        return counted.size;
    }

    private Size count(Resource resource) {
        var prefix = "/registry/" + (resource.group.isEmpty() ? "core" : resource.group) + "/" + resource.plural + "/";
        var page = store.range(new Range(prefix, "", SAMPLE, 0));
        long bytes = page.entries().stream().mapToLong(StoredSizes::length).sum();
        int sampled = page.entries().size();
        return new Size(sampled + page.remaining(), sampled == 0 ? 0 : bytes / sampled);
    }

    private static long length(Entry entry) {
        return entry.length();
    }
}

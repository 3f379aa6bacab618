package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.RequestInfo;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many watches there are of what, so that a write can be charged for those who are told of it. Source: k8s.io/apiserver
 * pkg/util/flowcontrol/watch_tracker.go.
 *
 * <p>Watches of one node's pods are not counted, as there: a write concerns at most a few of them.
 */
final class WatchCounts {
    private static final Runnable NOTHING = () -> {};

    private final ConcurrentHashMap<Watched, AtomicInteger> counts = new ConcurrentHashMap<>();

    private record Watched(String group, String resource, String namespace, String name) {}

    /** @return forgets it again */
    Runnable register(ApiRequest request) {
        var info = request.info();
        if (info.resource().equals("pods") && ofOneNode(request.query().value("fieldSelector"))) {
            return NOTHING;
        }
        var watched = new Watched(info.group(), info.resource(), info.namespace(), info.name());
        counts.compute(watched, (_, count) -> {
            var now = count == null ? new AtomicInteger() : count;
            now.incrementAndGet();
            return now;
        });
        return () -> counts.computeIfPresent(watched, (_, count) -> count.decrementAndGet() == 0 ? null : count);
    }

    private static boolean ofOneNode(String fieldSelector) {
        for (var term : fieldSelector.split(",")) {
            var parts = term.split("==?", 2);
            if (parts.length == 2 && parts[0].strip().equals("spec.nodeName")) {
                return !parts[1].isBlank();
            }
        }
        return false;
    }

    /** How many may want to know what a write does. */
    int interested(RequestInfo info) {
        int all = count(info.group(), info.resource(), "", "");
        if (!info.namespace().isEmpty()) {
            all += count(info.group(), info.resource(), info.namespace(), "");
        }
        if (!info.name().isEmpty()) {
            all += count(info.group(), info.resource(), info.namespace(), info.name());
        }
        return all;
    }

    private int count(String group, String resource, String namespace, String name) {
        var count = counts.get(new Watched(group, resource, namespace, name));
        return count == null ? 0 : count.get();
    }
}

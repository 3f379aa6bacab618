package dev.navarch.apiserver.flowcontrol;

import dev.navarch.apiserver.request.Query;
import dev.navarch.apiserver.request.RequestInfo;

/**
 * Estimates the seats that requests take. Source: k8s.io/apiserver pkg/util/flowcontrol/request/width.go,
 * list_work_estimator.go (by size, as its feature gate says by default) and mutating_work_estimator.go.
 */
final class WorkEstimator {
    private static final long BYTES_PER_SEAT = 100_000;
    private static final long MOST_STREAMED_BYTES = 1_000_000;
    private static final long LONGEST_OBJECT = 1_500_000;
    private static final int MOST_LIST_SEATS = 100;
    private static final int MOST_WRITE_SEATS = 10;
    private static final double WATCHES_PER_SEAT = 10;
    private static final long EVENT_NANOS = 5_000_000;

    private final StoredSizes sizes;

    WorkEstimator(StoredSizes sizes) {
        this.sizes = sizes;
    }

    /**
     * @param watchers who are told of what a write does; negative if it is none
     * @param most seats that the level gives a request
     */
    WorkEstimate estimate(RequestInfo info, Query query, int watchers, int most) {
        if (watchers >= 0) {
            return write(watchers, Math.min(most, MOST_WRITE_SEATS));
        }
        boolean lists = info.verb().equals("list") || info.verb().equals("watch") && beginsWithAll(query);
        return lists && info.resourceRequest()
                ? WorkEstimate.of(list(info, query, Math.min(most, MOST_LIST_SEATS)))
                : WorkEstimate.SINGLE;
    }

    /** Whether the request writes what watchers may be told of. */
    static boolean writes(RequestInfo info) {
        return info.resourceRequest()
                && switch (info.verb()) {
                    case "create", "update", "patch", "delete" ->
                        !(info.subresource().equals("token") && info.resource().equals("serviceaccounts"));
                    default -> false;
                };
    }

    /** The work after the write is as wide as may be, and as long as that makes it. */
    private static WorkEstimate write(int watchers, int most) {
        if (watchers < WATCHES_PER_SEAT) {
            return WorkEstimate.SINGLE;
        }
        int seats = (int) Math.ceil(watchers / WATCHES_PER_SEAT);
        return new WorkEstimate(1, seats, EVENT_NANOS).withFinalSeatsAtMost(most);
    }

    /** A watch that is given the present state first costs what a list does. */
    private static boolean beginsWithAll(Query query) {
        var version = query.value("resourceVersion");
        return query.flag("sendInitialEvents") || version.isEmpty() || version.equals("0");
    }

    private int list(RequestInfo info, Query query, int most) {
        var size = sizes.of(info.group(), info.resource());
        boolean inMemory = info.verb().equals("watch") || inMemory(query);
        long loaded = info.name().isEmpty() ? loaded(size.objects(), query, inMemory) : 1;
        long bytes = loaded * (size.averageBytes() > 0 ? size.averageBytes() : LONGEST_OBJECT);
        if (size.objects() == 0) {
            bytes = 0;
        } else if (inMemory) {
            bytes = Math.min(bytes, MOST_STREAMED_BYTES);
        }
        return (int) Math.clamp(Math.ceilDiv(bytes, BYTES_PER_SEAT), 1L, Math.max(1, most));
    }

    private static long loaded(long objects, Query query, boolean inMemory) {
        long asked = limit(query);
        long limited = asked > 0 ? Math.min(asked, objects) : objects;
        boolean selects = query.has("fieldSelector") || query.has("labelSelector");
        return selects && !inMemory ? Math.max(limited, objects / 2) : limited;
    }

    private static long limit(Query query) {
        var limit = query.value("limit");
        if (limit.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseLong(limit);
        } catch (NumberFormatException _) {
            return 0; // refused later
        }
    }

    /** Source: k8s.io/apiserver pkg/storage/cacher/delegator/interface.go, ShouldDelegateList. */
    private static boolean inMemory(Query query) {
        var version = query.value("resourceVersion");
        return switch (query.value("resourceVersionMatch")) {
            case "NotOlderThan" -> true;
            case "" ->
                query.value("continue").isEmpty() && (limit(query) <= 0 || version.isEmpty() || version.equals("0"));
            default -> false;
        };
    }
}

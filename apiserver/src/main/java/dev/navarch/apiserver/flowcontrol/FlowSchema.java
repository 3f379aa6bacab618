package dev.navarch.apiserver.flowcontrol;

import java.util.concurrent.ConcurrentHashMap;

/** A flow schema in use: where its requests go, and how their flows are told apart. */
final class FlowSchema {
    private static final int MOST_NAMESPACES = 10_000;

    private final SchemaSpec spec;
    private final String uid;
    private final PriorityLevel level;
    private final FlowCounts counts;
    private final Flow undistinguished;
    private final ConcurrentHashMap<String, Flow> byNamespace = new ConcurrentHashMap<>();

    FlowSchema(SchemaSpec spec, String uid, PriorityLevel level) {
        this.spec = spec;
        this.uid = uid;
        this.level = level;
        this.counts = level.counts(spec.name());
        this.undistinguished = new Flow(this, "");
    }

    SchemaSpec spec() {
        return spec;
    }

    String name() {
        return spec.name();
    }

    String uid() {
        return uid;
    }

    PriorityLevel level() {
        return level;
    }

    /** Guarded by the level's lock. */
    FlowCounts counts() {
        return counts;
    }

    /** Whether flows are told apart at all: where there is but one queue, that would change nothing. */
    private boolean distinguishes() {
        return level.spec().queuing().queues() > 1;
    }

    /** The flow of a user's requests, if that is what tells them apart. */
    Flow ofUser(String user) {
        return spec.distinguisher() == SchemaSpec.Distinguisher.BY_USER && distinguishes()
                ? new Flow(this, user)
                : undistinguished;
    }

    /** @param ofUser what {@link #ofUser} said of its user */
    Flow ofRequest(String namespace, Flow ofUser) {
        if (spec.distinguisher() != SchemaSpec.Distinguisher.BY_NAMESPACE || !distinguishes()) {
            return ofUser;
        }
        var known = byNamespace.get(namespace);
        if (known != null) {
            return known;
        }
        if (byNamespace.size() >= MOST_NAMESPACES) {
            byNamespace.clear(); // they can be made up
        }
        return byNamespace.computeIfAbsent(namespace, n -> new Flow(this, n));
    }
}

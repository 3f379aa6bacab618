package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The nodes that a cycle could not use. Noting one costs next to nothing: mostly nobody asks. */
final class Rejected {
    private final List<NodeInfo> nodes = new ArrayList<>();
    private final List<Profile.Rejection> why = new ArrayList<>();
    private final Map<String, Map<String, Status>> byExtender = new HashMap<>();

    void add(NodeInfo node, Profile.Rejection rejection) {
        nodes.add(node);
        why.add(rejection);
    }

    /** @param rejections by node; takes the place of what was said of these before */
    void add(String extender, Map<String, Status> rejections) {
        if (!rejections.isEmpty()) {
            byExtender.put(extender, rejections);
        }
    }

    void clear() {
        nodes.clear();
        why.clear();
        byExtender.clear();
    }

    Map<String, Status> byNode() {
        var statuses = new HashMap<String, Status>();
        for (int i = 0; i < nodes.size(); i++) {
            statuses.put(nodes.get(i).name(), why.get(i).status());
        }
        byExtender.values().forEach(statuses::putAll);
        return statuses;
    }

    /** The names of the plugins and extenders that rejected any. */
    Set<String> by() {
        var names = new HashSet<>(byExtender.keySet());
        why.forEach(rejection -> names.add(rejection.plugin()));
        return names;
    }
}

package dev.navarch.scheduler.framework;

import java.util.Collection;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tells users why no node was found, in upstream's words (source: pkg/scheduler/framework/types.go, FitError). */
public final class FitMessage {
    private FitMessage() {}

    /**
     * Counts the reasons over all nodes.
     *
     * @param nodes how many there are
     * @param rejections of those that were looked at
     * @param others of each that was not
     */
    public static String ofNodes(int nodes, Collection<Status> rejections, Status others) {
        var counts = new TreeMap<String, Integer>();
        for (var rejection : rejections) {
            rejection.reasons().forEach(reason -> counts.merge(reason, 1, Integer::sum));
        }
        int rest = nodes - rejections.size();
        if (rest > 0) {
            others.reasons().forEach(reason -> counts.merge(reason, rest, Integer::sum));
        }
        var reasons = counts.entrySet().stream()
                .map(reason -> reason.getValue() + " " + reason.getKey())
                .sorted()
                .collect(Collectors.joining(", "));
        return head(nodes) + (reasons.isEmpty() ? "" : " " + reasons + ".");
    }

    /** What was wrong before any node was looked at. */
    public static String ofPod(int nodes, String reason) {
        return head(nodes) + " " + reason + ".";
    }

    private static String head(int nodes) {
        return "0/" + nodes + " nodes are available:";
    }
}

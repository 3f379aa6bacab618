package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.PreemptionAdvisor.Candidate;
import java.util.Comparator;
import java.util.List;

/**
 * What it costs others to make room on a node; the least is the best (source: framework/preemption/preemption.go,
 * pickOneNodeForPreemption).
 *
 * @param violations how many victims a disruption budget protects
 * @param highest the victims' highest priority
 * @param sum of the victims' priorities, each counted from the lowest there is
 * @param since the earliest start of those with the highest priority, as text; the later, the better
 */
record Harm(int violations, int highest, long sum, int victims, String since) implements Comparable<Harm> {
    /** Most important first: by priority, then by how long they have been running. */
    static final Comparator<PodInfo> IMPORTANCE = Comparator.comparingInt(PodInfo::priority)
            .reversed()
            .thenComparing(Harm::startTime)
            .thenComparing(PodInfo::uid);

    private static final Comparator<Harm> ORDER = Comparator.comparingInt(Harm::violations)
            .thenComparingInt(Harm::highest)
            .thenComparingLong(Harm::sum)
            .thenComparingInt(Harm::victims)
            .thenComparing(Harm::since, Comparator.reverseOrder());

    static Harm of(Candidate candidate) {
        var victims = candidate.victims();
        int highest = victims.stream().mapToInt(PodInfo::priority).max().orElse(Integer.MIN_VALUE);
        return new Harm(
                candidate.violations(),
                highest,
                victims.stream()
                        .mapToLong(victim -> (long) victim.priority() + Integer.MAX_VALUE + 1)
                        .sum(),
                victims.size(),
                since(victims, highest));
    }

    private static String since(List<PodInfo> victims, int priority) {
        return victims.stream()
                .filter(victim -> victim.priority() == priority)
                .map(Harm::startTime)
                .min(Comparator.naturalOrder())
                .orElse("");
    }

    /** As text, which sorts as the times do; those that have not started come last. */
    private static String startTime(PodInfo pod) {
        var status = pod.pod().getStatus();
        return status == null || status.getStartTime() == null ? "9" : status.getStartTime();
    }

    @Override
    public int compareTo(Harm other) {
        return ORDER.compare(this, other);
    }
}

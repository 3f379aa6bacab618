package dev.navarch.scheduler.framework;

import java.util.List;
import java.util.Optional;

/** May change whom a plugin wants to preempt (source: pkg/scheduler/framework/extender.go, ProcessPreemption). */
public interface PreemptionAdvisor {

    /**
     * What it takes to make room on a node.
     *
     * @param victims most important first
     * @param violations how many of them a disruption budget protects
     */
    record Candidate(NodeInfo node, List<PodInfo> victims, int violations) {
        public Candidate {
            victims = List.copyOf(victims);
        }
    }

    boolean preempts();

    boolean interestedIn(PodInfo pod);

    /** Whether pods are preempted while this one fails. */
    boolean ignorable();

    /** The candidates that remain; empty if it failed. */
    Optional<List<Candidate>> choose(PodInfo pod, List<Candidate> candidates);
}

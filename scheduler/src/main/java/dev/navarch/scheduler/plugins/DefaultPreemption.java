package dev.navarch.scheduler.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Disruption;
import dev.navarch.client.Informer;
import dev.navarch.client.Selectors;
import dev.navarch.scheduler.FitMessage;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.PreemptionAdvisor.Candidate;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes room for a pod by deleting less important ones, on the node where that harms least (source:
 * plugins/defaultpreemption, framework/preemption).
 */
public final class DefaultPreemption implements Plugin.PostFilter, Plugin.PreEnqueue {
    static final int FEWEST_CANDIDATES = 100;
    static final int PERCENT_CANDIDATES = 10;
    private static final Logger log = LoggerFactory.getLogger(DefaultPreemption.class);
    private static final Status PREEMPTING =
            Status.unresolvable("waiting for the preemption for this pod to be finished");
    private static final String PREEMPTION = "PreemptionByScheduler";
    private static final Status NO_VICTIMS = Status.unresolvable("No preemption victims found for incoming pod");
    private static final Status NOT_HELPFUL = Status.unresolvable("Preemption is not helpful for scheduling");

    private final Handle handle;
    private final Informer<PodDisruptionBudget> budgets;
    private final int percentCandidates;
    private final int fewestCandidates;
    /** Uids of the pods for which others are being deleted. */
    private final Set<String> preempting = ConcurrentHashMap.newKeySet();

    /** With upstream's defaults. */
    DefaultPreemption(Handle handle) {
        this(handle, PERCENT_CANDIDATES, FEWEST_CANDIDATES);
    }

    /**
     * @param percentCandidates of the nodes that may do, so many are looked at before one is chosen
     * @param fewestCandidates and at least so many
     */
    DefaultPreemption(Handle handle, int percentCandidates, int fewestCandidates) {
        this.handle = requireNonNull(handle);
        budgets = handle.cache(PodDisruptionBudget.class);
        this.percentCandidates = percentCandidates;
        this.fewestCandidates = fewestCandidates;
    }

    @Override
    public String name() {
        return "DefaultPreemption";
    }

    /** A pod is not tried while others are being deleted for it: their end may be what it waits for. */
    @Override
    public Status preEnqueue(PodInfo pod) {
        return preempting.contains(pod.uid()) ? PREEMPTING : Status.SUCCESS;
    }

    @Override
    public boolean concernedBy(ClusterEvent event) {
        return event instanceof ClusterEvent.PodRemoved;
    }

    @Override
    public Result postFilter(
            CycleState state, PodInfo pod, Snapshot snapshot, Map<String, Status> rejections, Trial trial) {
        var ineligible = ineligible(pod, snapshot, rejections, trial);
        if (ineligible.isPresent()) {
            return new Result(Status.unschedulable("preemption: " + ineligible.get()), Optional.empty());
        }
        var potential = snapshot.nodes().stream()
                .filter(node ->
                        rejections.getOrDefault(node.name(), NOT_HELPFUL).code() == Status.Code.UNSCHEDULABLE)
                .toList();
        var found = new ArrayList<Candidate>();
        var inVain = new HashMap<String, Status>();
        int enough = Math.max(fewestCandidates, potential.size() * percentCandidates / 100);
        int offset = potential.isEmpty() ? 0 : handle.random().nextInt(potential.size());
        var budgetsNow = potential.isEmpty() ? List.<PodDisruptionBudget>of() : budgets.list();
        for (int i = 0; i < potential.size() && found.size() < enough; i++) {
            var node = potential.get((offset + i) % potential.size());
            consider(state, pod, node, trial, budgetsNow, found, inVain);
        }
        if (found.isEmpty()) {
            handle.preempted(0);
            var message = FitMessage.ofNodes(snapshot.nodes().size(), inVain.values(), NOT_HELPFUL);
            return new Result(Status.unschedulable("preemption: " + message), Optional.of(""));
        }
        List<Candidate> advised = found;
        for (var advisor : handle.preemptionAdvisors()) {
            if (advisor.preempts() && advisor.interestedIn(pod) && !advised.isEmpty()) {
                var chosen = advisor.choose(pod, advised);
                if (chosen.isEmpty() && !advisor.ignorable()) {
                    return new Result(Status.error("an extender could not process the preemption"), Optional.empty());
                }
                advised = chosen.orElse(advised);
            }
        }
        if (advised.isEmpty()) {
            handle.preempted(0);
            return new Result(Status.unschedulable("preemption: no candidate node for preemption"), Optional.of(""));
        }
        var best = advised.stream().min(LEAST_HARM).orElseThrow();
        handle.preempted(best.victims().size());
        preempting.add(pod.uid());
        handle.time().start("preempt-for-" + pod.key(), () -> evict(pod, best));
        return new Result(Status.SUCCESS, Optional.of(best.node().name()));
    }

    private static Optional<String> ineligible(
            PodInfo pod, Snapshot snapshot, Map<String, Status> rejections, Trial trial) {
        if ("Never".equals(pod.pod().getSpec().getPreemptionPolicy())) {
            return Optional.of("not eligible due to preemptionPolicy=Never.");
        }
        var nominated = trial.nominatedNode(pod).orElse("");
        var rejection = rejections.get(nominated);
        if (rejection == null || rejection.code() == Status.Code.UNRESOLVABLE) {
            return Optional.empty();
        }
        boolean leaving = snapshot.node(nominated).stream()
                .flatMap(node -> node.pods().stream())
                .anyMatch(other -> other.terminating() && other.priority() < pod.priority() && preempted(other));
        return leaving ? Optional.of("not eligible due to a terminating pod on the nominated node.") : Optional.empty();
    }

    private static boolean preempted(PodInfo pod) {
        var status = pod.pod().getStatus();
        return status != null
                && status.getConditions() != null
                && status.getConditions().stream()
                        .anyMatch(condition -> "DisruptionTarget".equals(condition.getType())
                                && "True".equals(condition.getStatus())
                                && PREEMPTION.equals(condition.getReason()));
    }

    private static void consider(
            CycleState state,
            PodInfo pod,
            NodeInfo node,
            Trial trial,
            List<PodDisruptionBudget> budgets,
            List<Candidate> found,
            Map<String, Status> inVain) {
        var lesser = node.pods().stream()
                .filter(other -> other.priority() < pod.priority())
                .sorted(IMPORTANCE)
                .toList();
        if (lesser.isEmpty()) {
            inVain.put(node.name(), NO_VICTIMS);
            return;
        }
        var trialState = trial.start(state);
        var emptier = node;
        for (var other : lesser) {
            emptier = trial.remove(trialState, pod, other, emptier);
        }
        var status = trial.fits(trialState, pod, emptier);
        if (!status.success()) {
            inVain.put(node.name(), status);
            return;
        }
        var protectedOnes = Budgets.violatedBy(lesser, budgets);
        var order = new ArrayList<>(protectedOnes);
        lesser.stream().filter(other -> !protectedOnes.contains(other)).forEach(order::add);
        var victims = new ArrayList<PodInfo>();
        int violations = 0;
        for (var other : order) {
            var fuller = trial.add(trialState, pod, other, emptier);
            if (trial.fits(trialState, pod, fuller).success()) {
                emptier = fuller;
            } else {
                trial.remove(trialState, pod, other, fuller);
                victims.add(other);
                violations += protectedOnes.contains(other) ? 1 : 0;
            }
        }
        victims.sort(IMPORTANCE);
        found.add(new Candidate(node, List.copyOf(victims), violations));
    }

    /** Most important first: by priority, then by how long they have been running. */
    private static final Comparator<PodInfo> IMPORTANCE = Comparator.comparingInt(PodInfo::priority)
            .reversed()
            .thenComparing(DefaultPreemption::startTime)
            .thenComparing(PodInfo::uid);

    /** As text, which sorts as the times do; those that have not started come last. */
    private static String startTime(PodInfo pod) {
        var status = pod.pod().getStatus();
        return status == null || status.getStartTime() == null ? "9" : status.getStartTime();
    }

    /** source: preemption.go, pickOneNodeForPreemption. */
    private static final Comparator<Candidate> LEAST_HARM = Comparator.comparingInt(Candidate::violations)
            .thenComparingInt(one ->
                    one.victims().stream().mapToInt(PodInfo::priority).max().orElse(Integer.MIN_VALUE))
            .thenComparingLong(one -> one.victims().stream()
                    .mapToLong(victim -> (long) victim.priority() + Integer.MAX_VALUE + 1)
                    .sum())
            .thenComparingInt(one -> one.victims().size())
            .thenComparing(
                    one -> one.victims().stream()
                            .filter(victim -> victim.priority()
                                    == one.victims().getFirst().priority())
                            .map(DefaultPreemption::startTime)
                            .min(Comparator.naturalOrder())
                            .orElse(""),
                    Comparator.reverseOrder());

    /**
     * The pod may come back before the last victim is deleted, so that it can't miss the event; and at once if a victim
     * could not be deleted, since then there may be no event at all.
     */
    private void evict(PodInfo pod, Candidate candidate) {
        boolean all = true;
        try {
            for (int i = 0; i < candidate.victims().size(); i++) {
                if (i == candidate.victims().size() - 1) {
                    preempting.remove(pod.uid());
                }
                all &= evict(pod, candidate, candidate.victims().get(i));
            }
        } finally {
            preempting.remove(pod.uid());
            if (!all || candidate.victims().isEmpty()) {
                handle.activate(pod);
            }
        }
    }

    private boolean evict(PodInfo pod, Candidate candidate, PodInfo victim) {
        try {
            evict(pod, victim);
            handle.events()
                    .normal(
                            victim.pod(),
                            "Preempted",
                            "Preempted by pod " + pod.uid() + " on node "
                                    + candidate.node().name());
            return true;
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                log.warn("{} could not be preempted for {}: {}", victim, pod, e.getMessage());
            }
            return false;
        } catch (UncheckedIOException e) {
            log.warn("{} could not be preempted for {}: {}", victim, pod, e.getMessage());
            return false;
        }
    }

    private void evict(PodInfo pod, PodInfo victim) {
        var scheduler = Objects.requireNonNullElse(pod.pod().getSpec().getSchedulerName(), "default-scheduler");
        new Disruption(PREEMPTION, scheduler + ": preempting to accommodate a higher priority pod")
                .end(
                        handle.client().resource(Pod.class),
                        victim.pod(),
                        handle.time().now());
    }

    /** Which pods may not be disrupted (source: default_preemption.go, filterPodsWithPDBViolation). */
    private static final class Budgets {
        private Budgets() {}

        static List<PodInfo> violatedBy(List<PodInfo> victims, List<PodDisruptionBudget> budgets) {
            var allowed = new HashMap<PodDisruptionBudget, Integer>();
            for (var budget : budgets) {
                var status = budget.getStatus();
                allowed.put(
                        budget,
                        status == null || status.getDisruptionsAllowed() == null ? 0 : status.getDisruptionsAllowed());
            }
            var violating = new ArrayList<PodInfo>();
            for (var victim : victims) {
                boolean violates = false;
                for (var budget : budgets) {
                    if (covers(budget, victim)) {
                        violates |= allowed.merge(budget, -1, Integer::sum) < 0;
                    }
                }
                if (violates) {
                    violating.add(victim);
                }
            }
            return violating;
        }

        private static boolean covers(PodDisruptionBudget budget, PodInfo victim) {
            if (!victim.namespace().equals(budget.getMetadata().getNamespace())
                    || victim.labels().isEmpty()
                    || budget.getStatus() != null
                            && budget.getStatus().getDisruptedPods() != null
                            && budget.getStatus()
                                    .getDisruptedPods()
                                    .containsKey(victim.key().name())) {
                return false;
            }
            try {
                var selector = Selectors.of(budget.getSpec().getSelector());
                return !selector.matchesEverything() && selector.matches(victim.labels());
            } catch (dev.navarch.api.values.SelectorException e) {
                return false;
            }
        }
    }
}

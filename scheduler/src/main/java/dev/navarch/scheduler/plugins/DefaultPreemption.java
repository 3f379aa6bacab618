package dev.navarch.scheduler.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.Disruption;
import dev.navarch.client.Informer;
import dev.navarch.client.Selectors;
import dev.navarch.scheduler.framework.ClusterEvent;
import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.FitMessage;
import dev.navarch.scheduler.framework.Handle;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.PreemptionAdvisor.Candidate;
import dev.navarch.scheduler.framework.Snapshot;
import dev.navarch.scheduler.framework.Status;
import dev.navarch.scheduler.plugins.KnownCandidates.Outcome;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.UncheckedIOException;
import java.time.Duration;
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

    private final KnownCandidates known = new KnownCandidates();

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
    public boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return !preempting.contains(pod.uid());
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
        var found = new ArrayList<Outcome>();
        var inVain = new ArrayList<Status>();
        int enough = Math.max(fewestCandidates, potential.size() * percentCandidates / 100);
        int offset = potential.isEmpty() ? 0 : handle.random().nextInt(potential.size());
        var budgetsNow = potential.isEmpty() ? List.<PodDisruptionBudget>of() : budgets.list();
        var row = known.row(trial.signature(state, pod), pod.priority(), budgetsNow);
        for (int i = 0; i < potential.size() && found.size() < enough; i++) {
            var node = potential.get((offset + i) % potential.size());
            var outcome = row.of(node, trial.nominated(pod, node), () -> consider(state, pod, node, trial, budgetsNow));
            if (outcome.candidate().isPresent()) {
                found.add(outcome);
            } else {
                inVain.add(outcome.why());
            }
        }
        if (found.isEmpty()) {
            handle.measures().preempted(0);
            var message = FitMessage.ofNodes(snapshot.nodes().size(), inVain, NOT_HELPFUL);
            return new Result(Status.unschedulable("preemption: " + message), Optional.of(""));
        }
        var advice = advise(pod, found);
        if (!advice.success()) {
            return new Result(advice, Optional.empty());
        }
        var best = found.stream()
                .min(Comparator.comparing(outcome -> outcome.harm().orElseThrow()))
                .flatMap(Outcome::candidate);
        if (best.isEmpty()) {
            handle.measures().preempted(0);
            return new Result(Status.unschedulable("preemption: no candidate node for preemption"), Optional.of(""));
        }
        handle.measures().preempted(best.get().victims().size());
        preempting.add(pod.uid());
        handle.time().start("preempt-for-" + pod.key(), () -> evict(pod, best.get()));
        return new Result(Status.SUCCESS, Optional.of(best.get().node().name()));
    }

    /** Leaves of the candidates what extenders do (source: preemption.go, callExtenders). */
    private Status advise(PodInfo pod, List<Outcome> candidates) {
        for (var advisor : handle.preemptionAdvisors()) {
            if (!advisor.preempts() || !advisor.interestedIn(pod) || candidates.isEmpty()) {
                continue;
            }
            var chosen = advisor.choose(
                    pod,
                    candidates.stream().flatMap(one -> one.candidate().stream()).toList());
            if (chosen.isEmpty()) {
                if (!advisor.ignorable()) {
                    return Status.error("an extender could not process the preemption");
                }
                continue;
            }
            candidates.clear();
            for (var candidate : chosen.get()) {
                if (!candidate.victims().isEmpty()) {
                    candidates.add(Outcome.of(candidate));
                } else if (!advisor.ignorable()) {
                    return Status.error("expected at least one victim pod on node \""
                            + candidate.node().name() + "\"");
                }
            }
        }
        return Status.SUCCESS;
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

    private static Outcome consider(
            CycleState state, PodInfo pod, NodeInfo node, Trial trial, List<PodDisruptionBudget> budgets) {
        var lesser = node.pods().stream()
                .filter(other -> other.priority() < pod.priority())
                .sorted(Harm.IMPORTANCE)
                .toList();
        if (lesser.isEmpty()) {
            return Outcome.inVain(NO_VICTIMS);
        }
        var trialState = trial.start(state);
        var emptier = node;
        for (var other : lesser) {
            emptier = trial.remove(trialState, pod, other, emptier);
        }
        var status = trial.fits(trialState, pod, emptier);
        if (!status.success()) {
            return Outcome.inVain(status);
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
        victims.sort(Harm.IMPORTANCE);
        return Outcome.of(new Candidate(node, victims, violations));
    }

    /**
     * The pod may come back before the last victim is deleted, so that it can't miss the event; and at once if a victim
     * could not be deleted, since then there may be no event at all.
     */
    private void evict(PodInfo pod, Candidate candidate) {
        boolean all = true;
        long start = handle.time().nanoTime();
        try {
            for (int i = 0; i < candidate.victims().size(); i++) {
                if (i == candidate.victims().size() - 1) {
                    preempting.remove(pod.uid());
                }
                all &= evict(pod, candidate, candidate.victims().get(i));
            }
        } finally {
            preempting.remove(pod.uid());
            handle.measures().evicted(all, Duration.ofNanos(handle.time().nanoTime() - start));
            if (!all || candidate.victims().isEmpty()) {
                handle.activate(pod);
            }
        }
    }

    private boolean evict(PodInfo pod, Candidate candidate, PodInfo victim) {
        try {
            evict(pod, victim);
            handle.events()
                    .tell(
                            victim.pod(),
                            Optional.of(pod.pod()),
                            "Normal",
                            "Preempted",
                            "Preempting",
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

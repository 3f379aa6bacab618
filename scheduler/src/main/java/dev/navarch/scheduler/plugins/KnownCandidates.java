package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.PodInfo;
import dev.navarch.scheduler.framework.PreemptionAdvisor.Candidate;
import dev.navarch.scheduler.framework.Status;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What it would take to make room on nodes, for the last pods whose filters look at nothing but the node. A node's answer
 * counts as long as it and the pods that are nominated for it are the same, so that of many pods alike each costs only the
 * nodes that changed since the one before. Used by the scheduling thread.
 */
final class KnownCandidates {
    private static final int ROWS = 4;

    private final Map<Object, Map<String, Known>> rows = new LinkedHashMap<>(8, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Object, Map<String, Known>> eldest) {
            return size() > ROWS;
        }
    };

    private List<PodDisruptionBudget> budgets = List.of();

    /**
     * What came of looking at a node.
     *
     * @param candidate with the harm that it does; empty if it is of no use
     * @param why it is of no use
     */
    record Outcome(Optional<Candidate> candidate, Optional<Harm> harm, Status why) {
        static Outcome of(Candidate candidate) {
            return new Outcome(Optional.of(candidate), Optional.of(Harm.of(candidate)), Status.SUCCESS);
        }

        static Outcome inVain(Status why) {
            return new Outcome(Optional.empty(), Optional.empty(), why);
        }
    }

    private record Known(NodeInfo node, List<PodInfo> nominated, Outcome outcome) {}

    private record Alike(Object signature, int priority) {}

    /** The answers for pods alike. */
    static final class Row {
        private final Map<String, Known> byNode;

        private Row(Map<String, Known> byNode) {
            this.byNode = byNode;
        }

        Outcome of(NodeInfo node, List<PodInfo> nominated, Supplier<Outcome> look) {
            var known = byNode.get(node.name());
            if (known == null || known.node != node || known.nominated != nominated) {
                known = new Known(node, nominated, look.get());
                byNode.put(node.name(), known);
            }
            return known.outcome;
        }
    }

    /**
     * The answers for such a pod.
     *
     * @param signature all of the pod that counts; empty if more does, so that nothing is known
     * @param current the budgets of the cluster; when they change, everything may be different
     */
    Row row(Optional<Object> signature, int priority, List<PodDisruptionBudget> current) {
        if (!same(current)) {
            rows.clear();
            budgets = List.copyOf(current);
        }
        return new Row(signature
                .map(all -> rows.computeIfAbsent(new Alike(all, priority), _ -> new HashMap<>()))
                .orElseGet(HashMap::new));
    }

    private boolean same(List<PodDisruptionBudget> current) {
        if (current.size() != budgets.size()) {
            return false;
        }
        for (int i = 0; i < budgets.size(); i++) {
            if (budgets.get(i) != current.get(i)) {
                return false;
            }
        }
        return true;
    }
}

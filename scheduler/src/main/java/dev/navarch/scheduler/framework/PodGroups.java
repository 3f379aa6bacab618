package dev.navarch.scheduler.framework;

import dev.navarch.client.Key;
import dev.navarch.scheduler.framework.AffinityTerms.Term;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The pods of the cluster by what selectors and rules look at. Pods of one controller have the same labels and the same
 * rules on the pods beside them, so that a selector is matched against few groups, and a pod against few rules, however
 * many pods there are. Used by one thread.
 */
public final class PodGroups {
    /** A kind of rule on the pods beside one. */
    public enum Rule {
        REQUIRED,
        REQUIRED_ANTI,
        PREFERRED,
        PREFERRED_ANTI;

        List<Term> of(PodInfo pod) {
            return switch (this) {
                case REQUIRED -> pod.affinity().required();
                case REQUIRED_ANTI -> pod.affinity().requiredAnti();
                case PREFERRED -> pod.affinity().preferred();
                case PREFERRED_ANTI -> pod.affinity().preferredAnti();
            };
        }
    }

    /**
     * Pods of one namespace with the same labels.
     *
     * @param live those that are not terminating
     * @param leaving those that are
     */
    public record Group(String namespace, Map<String, String> labels, Tally live, Tally leaving) {}

    /** A rule that pods have, and where those are. */
    public record Ruled(Term term, Tally pods) {}

    /** Where rules are kept that may be on pods of any namespace. */
    private static final String ANY = "";

    private final Function<String, @Nullable NodeInfo> nodes;
    private final Map<String, Map<Map<String, String>, Group>> groups = new HashMap<>();
    private final Map<Rule, Map<String, Map<Term, Ruled>>> rules = new EnumMap<>(Rule.class);
    private final Map<Key, Integer> claims = new HashMap<>();

    /** @param nodes by name, as they were last told to {@link #count} */
    public PodGroups(Function<String, @Nullable NodeInfo> nodes) {
        this.nodes = nodes;
        for (var rule : Rule.values()) {
            rules.put(rule, new HashMap<>());
        }
    }

    /** @param step 1 for a pod that came, -1 for one that left */
    public void count(PodInfo pod, NodeInfo node, int step) {
        var inNamespace = groups.computeIfAbsent(pod.namespace(), _ -> new HashMap<>());
        var group = inNamespace.computeIfAbsent(
                pod.labels(), labels -> new Group(pod.namespace(), labels, new Tally(nodes), new Tally(nodes)));
        (pod.terminating() ? group.leaving : group.live).add(node, step);
        if (group.live.isEmpty() && group.leaving.isEmpty()) {
            inNamespace.remove(pod.labels());
            if (inNamespace.isEmpty()) {
                groups.remove(pod.namespace());
            }
        }
        for (var claim : pod.claims()) {
            claims.merge(new Key(pod.namespace(), claim.name()), step, Tally::sum);
        }
        if (!pod.affinity().isEmpty()) {
            rules.forEach((rule, kept) -> {
                for (var term : rule.of(pod)) {
                    count(kept, term, node, step);
                }
            });
        }
    }

    private void count(Map<String, Map<Term, Ruled>> kept, Term term, NodeInfo node, int step) {
        Ruled ruled = null;
        for (var namespace : concerned(term)) {
            var here = kept.computeIfAbsent(namespace, _ -> new HashMap<>());
            ruled = here.get(term);
            if (ruled != null) {
                break;
            }
        }
        if (ruled == null) {
            ruled = new Ruled(term, new Tally(nodes));
        }
        ruled.pods.add(node, step);
        for (var namespace : concerned(term)) {
            var here = kept.computeIfAbsent(namespace, _ -> new HashMap<>());
            if (ruled.pods.isEmpty()) {
                here.remove(term);
                if (here.isEmpty()) {
                    kept.remove(namespace);
                }
            } else {
                here.putIfAbsent(term, ruled);
            }
        }
    }

    private static Set<String> concerned(Term term) {
        return term.namespaceSelector().matchesNothing() ? term.namespaces() : Set.of(ANY);
    }

    /** The rules that are on a pod. */
    public List<Ruled> on(PodInfo pod, Rule rule, Function<String, Map<String, String>> namespaceLabels) {
        var all = rules.getOrDefault(rule, Map.of());
        if (all.isEmpty()) {
            return List.of();
        }
        var found = new ArrayList<Ruled>();
        for (var namespace : List.of(pod.namespace(), ANY)) {
            for (var ruled : all.getOrDefault(namespace, Map.of()).values()) {
                if (ruled.term.matches(pod, namespaceLabels)) {
                    found.add(ruled);
                }
            }
        }
        return found;
    }

    /** How many pods on nodes use a claim. */
    public int using(Key claim) {
        return claims.getOrDefault(claim, 0);
    }

    /** The groups of a namespace; a view. */
    public Collection<Group> in(String namespace) {
        return groups.getOrDefault(namespace, Map.of()).values();
    }

    /** Where the pods of a namespace are that have such labels and are not terminating. */
    public List<Tally> live(String namespace, Predicate<Map<String, String>> labels) {
        var found = new ArrayList<Tally>();
        for (var group : in(namespace)) {
            if (!group.live.isEmpty() && labels.test(group.labels)) {
                found.add(group.live);
            }
        }
        return found;
    }

    /** Where the pods are, terminating or not, that match all terms. */
    public List<Tally> matching(List<Term> terms, Function<String, Map<String, String>> namespaceLabels) {
        var found = new ArrayList<Tally>();
        if (terms.isEmpty()) {
            return found;
        }
        var first = terms.getFirst();
        var namespaces = first.namespaceSelector().matchesNothing() ? first.namespaces() : groups.keySet();
        for (var namespace : namespaces) {
            for (var group : in(namespace)) {
                boolean all = true;
                for (var term : terms) {
                    all = all && term.matches(namespace, group.labels, namespaceLabels);
                }
                if (all) {
                    addUnlessEmpty(group.live, found);
                    addUnlessEmpty(group.leaving, found);
                }
            }
        }
        return found;
    }

    private static void addUnlessEmpty(Tally tally, List<Tally> to) {
        if (!tally.isEmpty()) {
            to.add(tally);
        }
    }
}

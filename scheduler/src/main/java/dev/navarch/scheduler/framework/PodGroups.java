package dev.navarch.scheduler.framework;

import dev.navarch.client.Key;
import dev.navarch.scheduler.framework.AffinityTerms.Term;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
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
     * @param queries whose answers they belong to
     */
    private record Group(
            String namespace, Map<String, String> labels, Tally live, Tally leaving, List<Query> queries) {}

    /** A rule that pods have, and where those are. */
    public record Ruled(Term term, Tally pods) {}

    /**
     * A question that is asked by pod after pod, and its answer, which is kept true while pods come and go: so asking
     * again costs nothing, however many groups there are.
     */
    private static final class Query {
        private final Question question;
        private final Tally answer;
        /** Whether it is asked no more. */
        private boolean dropped;

        Query(Question question, Tally answer) {
            this.question = question;
            this.answer = answer;
        }

        void count(PodInfo pod, NodeInfo node, int step) {
            if (!(question.living() && pod.terminating()) && question.on(node)) {
                answer.add(node, step);
            }
        }
    }

    /** Which pods are asked for. Equal ones have equal answers. */
    public interface Question {
        /** Null for all. */
        @Nullable
        Set<String> namespaces();

        /** @param labels of a pod */
        boolean matches(String namespace, Map<String, String> labels);

        /** Whether terminating pods don't count. */
        boolean living();

        /** Whether pods on that node count. */
        default boolean on(NodeInfo node) {
            return true;
        }

        /** Whether the answer follows from labels of namespaces too. */
        default boolean looksAtNamespaces() {
            return false;
        }
    }

    /** The pods that match all terms, terminating ones too. */
    private record Matching(List<Term> terms, Function<String, Map<String, String>> namespaceLabels)
            implements Question {
        @Override
        public @Nullable Set<String> namespaces() {
            var first = terms.getFirst();
            return first.namespaceSelector().matchesNothing() ? first.namespaces() : null;
        }

        @Override
        public boolean matches(String namespace, Map<String, String> labels) {
            for (var term : terms) {
                if (!term.matches(namespace, labels, namespaceLabels)) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public boolean living() {
            return false;
        }

        @Override
        public boolean looksAtNamespaces() {
            return terms.stream().anyMatch(term -> !term.namespaceSelector().matchesNothing());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Matching that && terms.equals(that.terms);
        }

        @Override
        public int hashCode() {
            return terms.hashCode();
        }
    }

    /** So many questions are kept answered. */
    private static final int QUERIES = 64;

    /** Of so many it is known that they were asked before. */
    private static final int REMEMBERED = 256;

    /** Where rules are kept that may be on pods of any namespace. */
    private static final String ANY = "";

    private final Function<String, @Nullable NodeInfo> nodes;
    private final Map<String, Map<Map<String, String>, Group>> groups = new HashMap<>();
    private final Map<Rule, Map<String, Map<Term, Ruled>>> rules = new EnumMap<>(Rule.class);
    private final Map<Key, Integer> claims = new HashMap<>();
    private final Map<Question, Query> queries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Query> eldest) {
            eldest.getValue().dropped |= size() > QUERIES;
            return size() > QUERIES;
        }
    };
    /** Questions that were asked: what is never asked again is not worth keeping an answer. */
    private final Map<Question, Boolean> asked = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Question, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

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
        var group = inNamespace.computeIfAbsent(pod.labels(), labels -> group(pod.namespace(), labels));
        (pod.terminating() ? group.leaving : group.live).add(node, step);
        if (!group.queries.isEmpty()) {
            group.queries.removeIf(query -> query.dropped);
            for (var query : group.queries) {
                query.count(pod, node, step);
            }
        }
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

    private Group group(String namespace, Map<String, String> labels) {
        var mine = new ArrayList<Query>(0);
        for (var query : queries.values()) {
            var namespaces = query.question.namespaces();
            if ((namespaces == null || namespaces.contains(namespace)) && query.question.matches(namespace, labels)) {
                mine.add(query);
            }
        }
        return new Group(namespace, labels, new Tally(nodes), new Tally(nodes), mine);
    }

    /** Where the pods are, terminating or not, that match all terms. */
    public List<Tally> matching(List<Term> terms, Function<String, Map<String, String>> namespaceLabels) {
        return terms.isEmpty() ? List.of() : where(new Matching(terms, namespaceLabels));
    }

    /** Where the pods are that are asked for; nothing that is empty. */
    public List<Tally> where(Question question) {
        var query = queries.get(question);
        if (query == null) {
            if (asked.put(question, true) == null) {
                return lookUp(question);
            }
            query = keep(question);
        }
        return query.answer.isEmpty() ? List.of() : List.of(query.answer);
    }

    private List<Group> groups(Question question) {
        var found = new ArrayList<Group>();
        var namespaces = question.namespaces();
        for (var namespace : namespaces == null ? groups.keySet() : namespaces) {
            for (var group : groups.getOrDefault(namespace, Map.of()).values()) {
                if (question.matches(namespace, group.labels)) {
                    found.add(group);
                }
            }
        }
        return found;
    }

    private List<Tally> lookUp(Question question) {
        var answer = new Tally(nodes);
        for (var group : groups(question)) {
            add(group, question, answer);
        }
        return answer.isEmpty() ? List.of() : List.of(answer);
    }

    private void add(Group group, Question question, Tally answer) {
        add(group.live, question, answer);
        if (!question.living()) {
            add(group.leaving, question, answer);
        }
    }

    private void add(Tally some, Question question, Tally answer) {
        some.byNode().forEach((name, count) -> {
            var node = nodes.apply(name);
            if (node != null && question.on(node)) {
                answer.add(node, count);
            }
        });
    }

    private Query keep(Question question) {
        var query = new Query(question, new Tally(nodes));
        for (var group : groups(question)) {
            add(group, question, query.answer);
            group.queries.add(query);
        }
        queries.put(question, query);
        return query;
    }

    /** Forgets answers that follow from labels of namespaces. */
    public void namespacesChanged() {
        queries.values().removeIf(query -> {
            query.dropped |= query.question.looksAtNamespaces();
            return query.dropped;
        });
    }
}

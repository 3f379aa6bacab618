package dev.navarch.scheduler.framework;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.Selectors;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A pod's rules on the pods beside it, read once. What {@code matchLabelKeys} and {@code mismatchLabelKeys} mean is in
 * the selectors already when a pod was stored (source: pkg/registry/core/pod/strategy.go).
 */
public record AffinityTerms(
        List<Term> required, List<Term> requiredAnti, List<Term> preferred, List<Term> preferredAnti) {
    private static final AffinityTerms NONE = new AffinityTerms(List.of(), List.of(), List.of(), List.of());

    /**
     * One term.
     *
     * @param namespaces by name; empty if only the selector counts
     * @param weight 0 for required ones
     */
    public record Term(
            Set<String> namespaces,
            LabelSelector namespaceSelector,
            LabelSelector selector,
            String topologyKey,
            int weight) {

        /** @param namespaceLabels of a namespace by name */
        public boolean matches(PodInfo pod, Function<String, Map<String, String>> namespaceLabels) {
            return matches(pod.namespace(), pod.labels(), namespaceLabels);
        }

        /** @param namespaceLabels of a namespace by name */
        public boolean matches(
                String namespace, Map<String, String> labels, Function<String, Map<String, String>> namespaceLabels) {
            return selector.matches(labels)
                    && (namespaces.contains(namespace)
                            || !namespaceSelector.matchesNothing()
                                    && namespaceSelector.matches(namespaceLabels.apply(namespace)));
        }
    }

    static AffinityTerms of(Pod pod) {
        var affinity = pod.getSpec().getAffinity();
        if (affinity == null || affinity.getPodAffinity() == null && affinity.getPodAntiAffinity() == null) {
            return NONE;
        }
        var namespace = pod.getMetadata().getNamespace();
        var with = affinity.getPodAffinity();
        var without = affinity.getPodAntiAffinity();
        return new AffinityTerms(
                with == null
                        ? List.of()
                        : required(with.getRequiredDuringSchedulingIgnoredDuringExecution(), namespace),
                without == null
                        ? List.of()
                        : required(without.getRequiredDuringSchedulingIgnoredDuringExecution(), namespace),
                with == null
                        ? List.of()
                        : preferred(with.getPreferredDuringSchedulingIgnoredDuringExecution(), namespace),
                without == null
                        ? List.of()
                        : preferred(without.getPreferredDuringSchedulingIgnoredDuringExecution(), namespace));
    }

    private static List<Term> required(@Nullable List<PodAffinityTerm> terms, String namespace) {
        return terms == null
                ? List.of()
                : terms.stream().map(term -> term(term, namespace, 0)).toList();
    }

    private static List<Term> preferred(@Nullable List<WeightedPodAffinityTerm> terms, String namespace) {
        var all = new ArrayList<Term>();
        if (terms != null) {
            for (var weighted : terms) {
                int weight = weighted.getWeight() == null ? 0 : weighted.getWeight();
                if (weight != 0) {
                    all.add(term(weighted.getPodAffinityTerm(), namespace, weight));
                }
            }
        }
        return List.copyOf(all);
    }

    private static Term term(PodAffinityTerm term, String namespace, int weight) {
        boolean named = term.getNamespaces() != null && !term.getNamespaces().isEmpty();
        Set<String> namespaces = named
                ? Set.copyOf(term.getNamespaces())
                : term.getNamespaceSelector() == null ? Set.of(namespace) : Set.of();
        return new Term(
                namespaces,
                selector(term.getNamespaceSelector()),
                selector(term.getLabelSelector()),
                term.getTopologyKey() == null ? "" : term.getTopologyKey(),
                weight);
    }

    /** A malformed selector selects nothing: one bad pod must not stop the scheduling of others. */
    private static LabelSelector selector(io.fabric8.kubernetes.api.model.@Nullable LabelSelector selector) {
        try {
            return Selectors.of(selector);
        } catch (SelectorException e) {
            return LabelSelector.nothing();
        }
    }

    public boolean isEmpty() {
        return this == NONE;
    }
}

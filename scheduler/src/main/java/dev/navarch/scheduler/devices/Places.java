package dev.navarch.scheduler.devices;

import dev.navarch.client.NodeSelectors;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** On which nodes devices can be used (source: structured pools.go, NodeMatches; allocator, createNodeSelector). */
public final class Places {
    private Places() {}

    static boolean reaches(
            @Nullable String onlyNode,
            boolean everywhere,
            @Nullable NodeSelector selector,
            String node,
            Map<String, String> labels) {
        if (onlyNode != null && !onlyNode.isEmpty()) {
            return onlyNode.equals(node);
        }
        return everywhere || selector != null && matches(selector, node, labels);
    }

    /** Whether any of the selector's terms is true of the node. */
    public static boolean matches(NodeSelector selector, String node, Map<String, String> labels) {
        return selector.getNodeSelectorTerms() != null
                && selector.getNodeSelectorTerms().stream().anyMatch(term -> NodeSelectors.matches(term, node, labels));
    }

    /** Where devices that were chosen for a node can be used together; nothing if everywhere. */
    static Optional<NodeSelector> common(List<Offer> devices, String node) {
        List<NodeSelectorRequirement> fields = new ArrayList<>();
        List<NodeSelectorRequirement> expressions = new ArrayList<>();
        for (var offer : devices) {
            var only = Boolean.TRUE.equals(offer.device().getBindsToNode()) ? node : offer.nodeName();
            if (only != null) {
                var name = new NodeSelectorRequirement("metadata.name", "In", List.of(only));
                return Optional.of(new NodeSelector(List.of(new NodeSelectorTerm(List.of(), List.of(name)))));
            }
            var selector = offer.nodeSelector();
            if (selector != null && selector.getNodeSelectorTerms().size() == 1) {
                var term = selector.getNodeSelectorTerms().getFirst();
                addNew(NodeSelectors.orEmpty(term.getMatchFields()), fields);
                addNew(NodeSelectors.orEmpty(term.getMatchExpressions()), expressions);
            }
        }
        return fields.isEmpty() && expressions.isEmpty()
                ? Optional.empty()
                : Optional.of(new NodeSelector(List.of(new NodeSelectorTerm(expressions, fields))));
    }

    private static void addNew(List<NodeSelectorRequirement> from, List<NodeSelectorRequirement> to) {
        for (var requirement : from) {
            boolean known = to.stream()
                    .anyMatch(other -> other.getKey().equals(requirement.getKey())
                            && other.getOperator().equals(requirement.getOperator())
                            && new HashSet<>(other.getValues()).equals(new HashSet<>(requirement.getValues())));
            if (!known) {
                to.add(requirement);
            }
        }
    }
}

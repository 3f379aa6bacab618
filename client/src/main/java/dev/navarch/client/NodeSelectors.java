package dev.navarch.client;

import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether node selectors match (source: component-helpers scheduling/corev1/nodeaffinity). */
public final class NodeSelectors {
    private NodeSelectors() {}

    /** The node selector and, of the required terms of the node affinity, any. */
    public static boolean required(Pod pod, String name, Map<String, String> labels) {
        var selector = pod.getSpec().getNodeSelector();
        if (selector != null && !labels.entrySet().containsAll(selector.entrySet())) {
            return false;
        }
        var terms = requiredTerms(pod);
        return terms == null || terms.stream().anyMatch(term -> matches(term, name, labels));
    }

    /** Null if the pod has no required node affinity. */
    public static @Nullable List<NodeSelectorTerm> requiredTerms(Pod pod) {
        var affinity = pod.getSpec().getAffinity();
        var nodeAffinity = affinity == null ? null : affinity.getNodeAffinity();
        var required = nodeAffinity == null ? null : nodeAffinity.getRequiredDuringSchedulingIgnoredDuringExecution();
        return required == null ? null : required.getNodeSelectorTerms();
    }

    /** All requirements of the term; one without any matches nothing. */
    public static boolean matches(NodeSelectorTerm term, String name, Map<String, String> labels) {
        var expressions = orEmpty(term.getMatchExpressions());
        var fields = orEmpty(term.getMatchFields());
        if (expressions.isEmpty() && fields.isEmpty()) {
            return false;
        }
        for (var requirement : expressions) {
            if (!matches(requirement, labels.get(requirement.getKey()))) {
                return false;
            }
        }
        for (var requirement : fields) {
            if (!"metadata.name".equals(requirement.getKey()) || !matches(requirement, name)) {
                return false;
            }
        }
        return true;
    }

    public static List<NodeSelectorRequirement> orEmpty(@Nullable List<NodeSelectorRequirement> list) {
        return list == null ? List.of() : list;
    }

    private static boolean matches(NodeSelectorRequirement requirement, @Nullable String value) {
        List<String> values = requirement.getValues() == null ? List.of() : requirement.getValues();
        return switch (requirement.getOperator() == null ? "" : requirement.getOperator()) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> value == null || !values.contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            case "Gt" -> value != null && values.size() == 1 && compare(value, values.getFirst()) > 0;
            case "Lt" -> value != null && values.size() == 1 && compare(value, values.getFirst()) < 0;
            default -> false;
        };
    }

    /** 0, which is neither more nor less, if either is no number. */
    private static int compare(String value, String bound) {
        try {
            return Long.compare(Long.parseLong(value), Long.parseLong(bound));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}

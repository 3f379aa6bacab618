package dev.navarch.apiserver.admission;

import dev.navarch.api.values.Names;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The configuration of PodNodeSelector: what a namespace's pods select if its annotation doesn't say it, and by namespace
 * all that its pods may select (source: kubernetes plugin/pkg/admission/podnodeselector/admission.go, readConfig).
 *
 * @param byDefault labels of the nodes that pods go to
 * @param allowed by namespace; what is not there is not restricted
 */
public record NodeSelectorSettings(Map<String, String> byDefault, Map<String, Map<String, String>> allowed) {
    public static final NodeSelectorSettings STANDARD = new NodeSelectorSettings(Map.of(), Map.of());
    private static final String FIELD = "podNodeSelectorPluginConfig";
    private static final String DEFAULT = "clusterDefaultNodeSelector";

    public NodeSelectorSettings {
        byDefault = Map.copyOf(byDefault);
        allowed = Map.copyOf(allowed);
    }

    /** @throws IllegalArgumentException if it is wrong; says where */
    public static NodeSelectorSettings of(Map<?, ?> configuration) {
        if (!(configuration.get(FIELD) instanceof Map<?, ?> selectors) || configuration.size() != 1) {
            throw new IllegalArgumentException("must have the field " + FIELD + ", a map, and nothing else");
        }
        Map<String, Map<String, String>> allowed = new HashMap<>();
        selectors.forEach((namespace, selector) -> {
            try {
                allowed.put(String.valueOf(namespace), labels(selector == null ? "" : String.valueOf(selector)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(FIELD + "." + namespace + ": " + e.getMessage(), e);
            }
        });
        var byDefault = allowed.remove(DEFAULT);
        return new NodeSelectorSettings(byDefault == null ? Map.of() : byDefault, allowed);
    }

    /**
     * Reads {@code key=value,key=value} (source: k8s.io/apimachinery pkg/labels/labels.go, ConvertSelectorToLabelsMap).
     *
     * @throws IllegalArgumentException if it isn't that
     */
    static Map<String, String> labels(String selector) {
        Map<String, String> labels = new TreeMap<>();
        if (selector.isEmpty()) {
            return labels;
        }
        for (var label : selector.split(",", -1)) {
            var parts = label.split("=", -1);
            if (parts.length != 2) {
                throw new IllegalArgumentException("invalid selector: " + label);
            }
            var key = parts[0].strip();
            var value = parts[1].strip();
            if (!Names.qualifiedName(key).isEmpty() || !Names.labelValue(value).isEmpty()) {
                throw new IllegalArgumentException("invalid selector: " + label);
            }
            labels.put(key, value);
        }
        return labels;
    }
}

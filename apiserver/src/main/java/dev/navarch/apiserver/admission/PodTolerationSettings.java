package dev.navarch.apiserver.admission;

import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The configuration of PodTolerationRestriction, for namespaces whose annotations don't say it (source: kubernetes
 * plugin/pkg/admission/podtolerationrestriction/apis/podtolerationrestriction/types.go).
 */
public final class PodTolerationSettings {
    public static final PodTolerationSettings STANDARD = new PodTolerationSettings(List.of(), List.of());
    private static final Set<String> FIELDS = Set.of("key", "operator", "value", "effect", "tolerationSeconds");

    private final List<Toleration> byDefault;
    private final List<Toleration> allowed;

    private PodTolerationSettings(List<Toleration> byDefault, List<Toleration> allowed) {
        this.byDefault = List.copyOf(byDefault);
        this.allowed = List.copyOf(allowed);
    }

    /**
     * Reads a Configuration of podtolerationrestriction.admission.k8s.io/v1alpha1.
     *
     * @throws IllegalArgumentException if it is wrong; says where
     */
    public static PodTolerationSettings of(Map<?, ?> configuration) {
        configuration.keySet().forEach(field -> {
            if (!Set.of("apiVersion", "kind", "default", "whitelist").contains(field)) {
                throw unknown(String.valueOf(field));
            }
        });
        return new PodTolerationSettings(list(configuration, "default"), list(configuration, "whitelist"));
    }

    private static IllegalArgumentException unknown(String field) {
        return new IllegalArgumentException("strict decoding error: unknown field \"" + field + '"');
    }

    private static List<Toleration> list(Map<?, ?> configuration, String field) {
        var found = configuration.get(field);
        if (found == null) {
            return List.of();
        }
        if (!(found instanceof List<?> elements)) {
            throw new IllegalArgumentException(field + " must be a list");
        }
        return elements.stream().map(e -> toleration(e, field)).toList();
    }

    private static Toleration toleration(Object element, String path) {
        if (!(element instanceof Map<?, ?> members)) {
            throw new IllegalArgumentException(path + " must be a list of tolerations");
        }
        var tree = JsonNodeFactory.instance.objectNode();
        members.forEach((name, value) -> {
            if (!(name instanceof String field) || !FIELDS.contains(field)) {
                throw unknown(path + "[]." + name);
            }
            tree.set(field, leaf(path + "[]." + field, value));
        });
        return Toleration.of(tree);
    }

    private static JsonNode leaf(String path, Object value) {
        return switch (value) {
            case String text -> JsonNodeFactory.instance.stringNode(text);
            case Integer number -> JsonNodeFactory.instance.numberNode(number);
            case Long number -> JsonNodeFactory.instance.numberNode(number);
            default -> throw new IllegalArgumentException(path + " must be a string or a number");
        };
    }

    List<Toleration> byDefault() {
        return byDefault;
    }

    List<Toleration> allowed() {
        return allowed;
    }
}

package dev.navarch.kubelet.volumes;

import dev.navarch.api.values.GoText;
import dev.navarch.kubelet.cgroups.ResourceMath;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a pod may know about itself.
 *
 * <p>Sources: kubernetes pkg/fieldpath/fieldpath.go, pkg/kubelet/kubelet_pods.go (podFieldSelectorRuntimeValue),
 * pkg/api/v1/resource/helpers.go.
 *
 * @param hostIps the node's addresses
 * @param podIps the pod's, as far as they are known
 * @param allocatable stands in for limits that a container lacks
 */
public record DownwardApi(List<String> hostIps, List<String> podIps, Map<String, Quantity> allocatable) {

    /** The value of a field. @throws IllegalArgumentException no such field */
    public String field(Pod pod, String path) {
        var meta = pod.getMetadata();
        var key = subscript(path);
        if (key != null) {
            var values = path.startsWith("metadata.labels[")
                    ? meta.getLabels()
                    : path.startsWith("metadata.annotations[") ? meta.getAnnotations() : null;
            if (values == null && !path.startsWith("metadata.labels[") && !path.startsWith("metadata.annotations[")) {
                throw unsupported(path);
            }
            return values == null ? "" : values.getOrDefault(key, "");
        }
        return switch (path) {
            case "metadata.name" -> meta.getName();
            case "metadata.namespace" -> meta.getNamespace();
            case "metadata.uid" -> meta.getUid();
            case "metadata.labels" -> lines(meta.getLabels());
            case "metadata.annotations" -> lines(meta.getAnnotations());
            case "spec.nodeName" -> orEmpty(pod.getSpec().getNodeName());
            case "spec.serviceAccountName" -> orEmpty(pod.getSpec().getServiceAccountName());
            case "status.hostIP" -> hostIps.isEmpty() ? "" : hostIps.getFirst();
            case "status.hostIPs" -> String.join(",", hostIps);
            case "status.podIP" -> podIps.isEmpty() ? "" : podIps.getFirst();
            case "status.podIPs" -> String.join(",", podIps);
            default -> throw unsupported(path);
        };
    }

    private static IllegalArgumentException unsupported(String path) {
        return new IllegalArgumentException("unsupported fieldPath: " + path);
    }

    private static @Nullable String subscript(String path) {
        int open = path.indexOf("['");
        return open > 0 && path.endsWith("']") ? path.substring(open + 2, path.length() - 2) : null;
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }

    private static String lines(@Nullable Map<String, String> values) {
        return values == null
                ? ""
                : new TreeMap<>(values)
                        .entrySet().stream()
                                .map(e -> e.getKey() + "=" + GoText.quote(e.getValue()))
                                .collect(Collectors.joining("\n"));
    }

    /** A request or limit of a container, in whole divisors, rounded up. */
    public String resource(Pod pod, String defaultContainer, ResourceFieldSelector selector) {
        var name = selector.getContainerName() == null
                        || selector.getContainerName().isEmpty()
                ? defaultContainer
                : selector.getContainerName();
        var container = find(pod, name);
        var resource = selector.getResource();
        int dot = resource.indexOf('.');
        var kind = dot < 0 ? "" : resource.substring(0, dot);
        var what = resource.substring(dot + 1);
        var quantity = switch (kind) {
            case "limits" -> {
                var limit = ResourceMath.limit(container, what);
                yield limit == null ? allocatable.get(what) : limit;
            }
            case "requests" -> ResourceMath.request(container, what);
            default -> throw new IllegalArgumentException("unsupported container resource : " + resource);
        };
        var value = quantity == null ? BigDecimal.ZERO : quantity.getNumericalAmount();
        var divisor = selector.getDivisor() == null
                        || selector.getDivisor().getNumericalAmount().signum() == 0
                ? BigDecimal.ONE
                : selector.getDivisor().getNumericalAmount();
        return value.divide(divisor, 0, RoundingMode.CEILING).toPlainString();
    }

    private static Container find(Pod pod, String name) {
        for (var container : pod.getSpec().getContainers()) {
            if (container.getName().equals(name)) {
                return container;
            }
        }
        if (pod.getSpec().getInitContainers() != null) {
            for (var container : pod.getSpec().getInitContainers()) {
                if (container.getName().equals(name)) {
                    return container;
                }
            }
        }
        throw new IllegalArgumentException("container " + name + " not found");
    }
}

package dev.navarch.kubelet;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ports of the node that a pod takes, of which no two pods may have the same. Source: kube-scheduler
 * framework/types.go, HostPortInfo; plugins/nodeports, getContainerPorts.
 */
final class HostPorts {
    private static final String ANY = "0.0.0.0";

    private HostPorts() {}

    static boolean conflict(Pod one, Pod other) {
        var wanted = of(one);
        return !wanted.isEmpty()
                && of(other).stream().anyMatch(taken -> wanted.stream().anyMatch(port -> conflict(port, taken)));
    }

    private static boolean conflict(ContainerPort one, ContainerPort other) {
        return one.getHostPort().equals(other.getHostPort())
                && orElse(one.getProtocol(), "TCP").equals(orElse(other.getProtocol(), "TCP"))
                && conflict(orElse(one.getHostIP(), ANY), orElse(other.getHostIP(), ANY));
    }

    private static boolean conflict(String address, String other) {
        return address.equals(other) || address.equals(ANY) || other.equals(ANY);
    }

    private static List<ContainerPort> of(Pod pod) {
        var containers = pod.getSpec().getContainers().stream();
        var sidecars = pod.getSpec().getInitContainers().stream()
                .filter(container -> "Always".equals(container.getRestartPolicy()));
        return Stream.concat(containers, sidecars)
                .map(Container::getPorts)
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .filter(port -> port.getHostPort() != null && port.getHostPort() > 0)
                .toList();
    }

    private static String orElse(@Nullable String text, String otherwise) {
        return text == null || text.isEmpty() ? otherwise : text;
    }
}

package dev.navarch.controllers;

import dev.navarch.api.values.Timestamps;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Which pods stand behind a Service and on which ports. source: kubernetes pkg/controller/util/endpoint and
 * staging/src/k8s.io/endpointslice.
 */
public final class ServicePods {
    public static final String HEADLESS = "service.kubernetes.io/headless";
    public static final String TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

    private ServicePods() {}

    public static boolean isHeadless(Service service) {
        return "None".equals(service.getSpec().getClusterIP());
    }

    public static boolean publishesNotReady(Service service) {
        return Boolean.TRUE.equals(service.getSpec().getPublishNotReadyAddresses());
    }

    public static boolean hasSelector(Service service) {
        return service.getSpec() != null
                && service.getSpec().getSelector() != null
                && !service.getSpec().getSelector().isEmpty();
    }

    public static boolean selects(Service service, Map<String, String> labels) {
        return hasSelector(service)
                && labels.entrySet().containsAll(service.getSpec().getSelector().entrySet());
    }

    public static Map<String, String> labels(Pod pod) {
        var labels = pod.getMetadata().getLabels();
        return labels == null ? Map.of() : labels;
    }

    public static List<Pod> selected(Service service, Informer<Pod> pods) {
        return pods.list(service.getMetadata().getNamespace()).stream()
                .filter(p -> selects(service, labels(p)))
                .toList();
    }

    /** Has an address and has not ended. */
    public static boolean isReachable(Pod pod) {
        return !Pods.isTerminal(pod)
                && pod.getStatus() != null
                && pod.getStatus().getPodIP() != null
                && !pod.getStatus().getPodIP().isEmpty();
    }

    /** The number of a service's port on this pod; empty if the pod has none of the name. */
    public static Optional<Integer> port(Pod pod, ServicePort port) {
        var target = port.getTargetPort();
        if (target == null) {
            return Optional.ofNullable(port.getPort());
        }
        if (target.getIntVal() != null) {
            return Optional.of(target.getIntVal() == 0 ? port.getPort() : target.getIntVal());
        }
        var protocol = Objects.requireNonNullElse(port.getProtocol(), "TCP");
        List<Container> containers = new ArrayList<>(pod.getSpec().getContainers());
        if (pod.getSpec().getInitContainers() != null) {
            pod.getSpec().getInitContainers().stream()
                    .filter(c -> "Always".equals(c.getRestartPolicy()))
                    .forEach(containers::add);
        }
        return containers.stream()
                .filter(c -> c.getPorts() != null)
                .flatMap(c -> c.getPorts().stream())
                .filter(p -> target.getStrVal().equals(p.getName())
                        && protocol.equals(Objects.requireNonNullElse(p.getProtocol(), "TCP")))
                .map(p -> p.getContainerPort())
                .findFirst();
    }

    /** The last thing known to have changed the set of endpoints. */
    public static Optional<Instant> triggerTime(Service service, Collection<Pod> pods) {
        var created = Optional.ofNullable(service.getMetadata().getCreationTimestamp())
                .flatMap(Timestamps::parse);
        return java.util.stream.Stream.concat(
                        created.stream(),
                        pods.stream()
                                .flatMap(p -> Pods.condition(p, "Ready").stream())
                                .filter(c -> c.getLastTransitionTime() != null)
                                .flatMap(c -> Timestamps.parse(c.getLastTransitionTime()).stream()))
                .max(Instant::compareTo);
    }

    /** Tells which services a change of a pod may concern. */
    public static Handler<Pod> wake(Informer<Service> services, Consumer<Key> wake) {
        return new Handler<>() {
            @Override
            public void added(Pod pod) {
                wakeFor(pod);
            }

            @Override
            public void updated(Pod before, Pod now) {
                boolean relabeled = !labels(before).equals(labels(now));
                if (relabeled) {
                    wakeFor(before);
                }
                if (relabeled || concerns(before, now)) {
                    wakeFor(now);
                }
            }

            @Override
            public void deleted(Pod last) {
                wakeFor(last);
            }

            private void wakeFor(Pod pod) {
                for (var service : services.list(pod.getMetadata().getNamespace())) {
                    if (selects(service, labels(pod))) {
                        wake.accept(Key.of(service));
                    }
                }
            }
        };
    }

    private static boolean concerns(Pod before, Pod now) {
        return Pods.isReady(before) != Pods.isReady(now)
                || Pods.isDeleting(before) != Pods.isDeleting(now)
                || Pods.isTerminal(before) != Pods.isTerminal(now)
                || !Pods.nodeName(before).equals(Pods.nodeName(now))
                || !Objects.equals(ips(before), ips(now))
                || !Objects.equals(before.getSpec().getHostname(), now.getSpec().getHostname());
    }

    private static List<Object> ips(Pod pod) {
        return pod.getStatus() == null
                ? List.of()
                : List.of(
                        Objects.requireNonNullElse(pod.getStatus().getPodIP(), ""),
                        Objects.requireNonNullElse(pod.getStatus().getPodIPs(), List.of()));
    }
}

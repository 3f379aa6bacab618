package dev.navarch.scheduler;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.client.Informer;
import dev.navarch.client.Informers;
import dev.navarch.client.Selectors;
import dev.navarch.scheduler.framework.PodInfo;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which pods are a pod's like: those that its services and its controller select (source: plugins/helper/spread.go).
 * All selectors must match.
 */
final class DefaultSelectors implements Function<PodInfo, List<LabelSelector>> {
    private final Informer<Service> services;
    private final Informer<ReplicationController> replicationControllers;
    private final Informer<ReplicaSet> replicaSets;
    private final Informer<StatefulSet> statefulSets;

    DefaultSelectors(Informers informers) {
        services = informers.of(Service.class);
        replicationControllers = informers.of(ReplicationController.class);
        replicaSets = informers.of(ReplicaSet.class);
        statefulSets = informers.of(StatefulSet.class);
    }

    @Override
    public List<LabelSelector> apply(PodInfo pod) {
        Map<String, String> labels = new HashMap<>();
        if (!pod.labels().isEmpty()) {
            for (var service : services.list(pod.namespace())) {
                var selector =
                        service.getSpec() == null ? null : service.getSpec().getSelector();
                if (selector != null
                        && !selector.isEmpty()
                        && pod.labels().entrySet().containsAll(selector.entrySet())) {
                    labels.putAll(selector);
                }
            }
        }
        var selectors = new ArrayList<LabelSelector>();
        ownerSelector(pod, labels).ifPresent(selectors::add);
        if (!labels.isEmpty()) {
            selectors.add(LabelSelector.ofLabels(labels));
        }
        return selectors;
    }

    private Optional<LabelSelector> ownerSelector(PodInfo pod, Map<String, String> labels) {
        var owners = pod.pod().getMetadata().getOwnerReferences();
        var owner = owners == null
                ? null
                : owners.stream()
                        .filter(reference -> Boolean.TRUE.equals(reference.getController()))
                        .findFirst()
                        .orElse(null);
        if (owner == null) {
            return Optional.empty();
        }
        return switch (owner.getApiVersion() + "/" + owner.getKind()) {
            case "v1/ReplicationController" -> {
                replicationControllers
                        .get(pod.namespace(), owner.getName())
                        .map(controller -> controller.getSpec().getSelector())
                        .ifPresent(labels::putAll);
                yield Optional.empty();
            }
            case "apps/v1/ReplicaSet" ->
                selector(replicaSets, pod, owner.getName(), set -> set.getSpec().getSelector());
            case "apps/v1/StatefulSet" ->
                selector(
                        statefulSets, pod, owner.getName(), set -> set.getSpec().getSelector());
            default -> Optional.empty();
        };
    }

    private static <T extends HasMetadata> Optional<LabelSelector> selector(
            Informer<T> informer,
            PodInfo pod,
            String name,
            Function<T, io.fabric8.kubernetes.api.model.LabelSelector> selector) {
        try {
            return informer.get(pod.namespace(), name)
                    .map(selector)
                    .map(Selectors::of)
                    .filter(read -> !read.matchesEverything());
        } catch (SelectorException e) {
            return Optional.empty();
        }
    }
}

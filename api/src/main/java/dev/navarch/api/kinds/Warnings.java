package dev.navarch.api.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** The warnings of Kubernetes' own kinds, by group and kind. */
final class Warnings {
    /** Writes that are warned of. */
    private enum When {
        CREATED,
        WRITTEN,
        /** Created, or updated so that the generation changes. */
        COUNTED
    }

    private static final KindWarnings NONE = of((_, _) -> {}, When.CREATED);

    private static final Map<String, KindWarnings> ALL = Map.ofEntries(
            Map.entry("/Pod", of(PodWarnings::pod, When.CREATED)),
            Map.entry("/PodTemplate", of(PodWarnings.template("template"), When.COUNTED)),
            Map.entry("/ReplicationController", workload("spec", "template")),
            Map.entry("apps/DaemonSet", of(PodWarnings.template("spec", "template"), When.COUNTED)),
            Map.entry("apps/Deployment", workload("spec", "template")),
            Map.entry("apps/ReplicaSet", workload("spec", "template")),
            Map.entry(
                    "apps/StatefulSet",
                    both(
                            of(PodWarnings.template("spec", "template"), When.COUNTED),
                            of(ObjectWarnings::statefulSet, When.WRITTEN))),
            Map.entry("batch/Job", both(of(ObjectWarnings.job("spec"), When.COUNTED), workload("spec", "template"))),
            Map.entry(
                    "batch/CronJob",
                    both(
                            of(ObjectWarnings.job("spec", "jobTemplate", "spec"), When.COUNTED),
                            workload("spec", "jobTemplate", "spec", "template"),
                            of(ObjectWarnings::zonedSchedule, When.WRITTEN))),
            Map.entry("/Node", of(ObjectWarnings::node, When.WRITTEN)),
            Map.entry("/Endpoints", of(ObjectWarnings::endpoints, When.WRITTEN)),
            Map.entry("discovery.k8s.io/EndpointSlice", of(ObjectWarnings::endpointSlice, When.WRITTEN)),
            Map.entry("networking.k8s.io/NetworkPolicy", of(ObjectWarnings::networkPolicy, When.WRITTEN)),
            Map.entry("storage.k8s.io/CSIStorageCapacity", of(ObjectWarnings::storageCapacity, When.WRITTEN)),
            Map.entry("/Service", of(ObjectWarnings::service, When.WRITTEN)),
            Map.entry("/ServiceAccount", of(ObjectWarnings::serviceAccount, When.WRITTEN)),
            Map.entry("/PersistentVolume", of(ObjectWarnings::volume, When.WRITTEN)),
            Map.entry("/PersistentVolumeClaim", of(ObjectWarnings::claim, When.WRITTEN)),
            Map.entry("networking.k8s.io/Ingress", of(ObjectWarnings::ingress, When.CREATED)),
            Map.entry("storage.k8s.io/StorageClass", of(ObjectWarnings::storageClass, When.WRITTEN)),
            Map.entry("node.k8s.io/RuntimeClass", of(ObjectWarnings::runtimeClass, When.WRITTEN)));

    private Warnings() {}

    static KindWarnings of(String groupAndKind) {
        return ALL.getOrDefault(groupAndKind, NONE);
    }

    private static KindWarnings of(BiConsumer<At, List<String>> rule, When when) {
        return new KindWarnings() {
            @Override
            public List<String> onCreate(ObjectNode now) {
                List<String> found = new ArrayList<>(0);
                rule.accept(At.root(now), found);
                return found;
            }

            @Override
            public List<String> onUpdate(ObjectNode now, ObjectNode old) {
                boolean told = switch (when) {
                    case CREATED -> false;
                    case WRITTEN -> true;
                    case COUNTED -> !now.at("/metadata/generation").equals(old.at("/metadata/generation"));
                };
                return told ? onCreate(now) : List.of();
            }
        };
    }

    private static KindWarnings both(KindWarnings... all) {
        return new KindWarnings() {
            @Override
            public List<String> onCreate(ObjectNode now) {
                return Stream.of(all).flatMap(w -> w.onCreate(now).stream()).toList();
            }

            @Override
            public List<String> onUpdate(ObjectNode now, ObjectNode old) {
                return Stream.of(all)
                        .flatMap(w -> w.onUpdate(now, old).stream())
                        .toList();
            }
        };
    }

    /** Of a kind whose pods get their names from it. */
    private static KindWarnings workload(String... template) {
        var rule = PodWarnings.template(template);
        var created = of(
                (object, found) -> {
                    PodWarnings.name(object, "Pod names and hostnames", found);
                    rule.accept(object, found);
                },
                When.CREATED);
        var updated = of(rule, When.COUNTED);
        return new KindWarnings() {
            @Override
            public List<String> onCreate(ObjectNode now) {
                return created.onCreate(now);
            }

            @Override
            public List<String> onUpdate(ObjectNode now, ObjectNode old) {
                return updated.onUpdate(now, old);
            }
        };
    }
}

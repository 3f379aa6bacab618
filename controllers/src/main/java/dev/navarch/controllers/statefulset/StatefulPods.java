package dev.navarch.controllers.statefulset;

import dev.navarch.controllers.PodFactory;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.Share;
import dev.navarch.controllers.history.Revision;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The pods of a stateful set: their names, their ordinals and what ties them to their claims.
 *
 * <p>source: kubernetes pkg/controller/statefulset/stateful_set_utils.go.
 */
final class StatefulPods {
    static final String NAME_LABEL = "statefulset.kubernetes.io/pod-name";
    private static final String INDEX_LABEL = "apps.kubernetes.io/pod-index";

    private StatefulPods() {}

    static int wished(StatefulSet set) {
        var replicas = set.getSpec().getReplicas();
        return replicas == null ? 1 : replicas;
    }

    static int start(StatefulSet set) {
        var ordinals = set.getSpec().getOrdinals();
        return ordinals == null || ordinals.getStart() == null ? 0 : ordinals.getStart();
    }

    static Duration minReady(StatefulSet set) {
        var seconds = set.getSpec().getMinReadySeconds();
        return Duration.ofSeconds(seconds == null ? 0 : seconds);
    }

    /** Whether one pod waits for the others. */
    static boolean isOrdered(StatefulSet set) {
        return !"Parallel".equals(set.getSpec().getPodManagementPolicy());
    }

    static boolean isRolling(StatefulSet set) {
        var strategy = set.getSpec().getUpdateStrategy();
        return strategy == null || !"OnDelete".equals(strategy.getType());
    }

    /** How many of the first pods a rolling update leaves as they are. */
    static int partition(StatefulSet set) {
        var strategy = set.getSpec().getUpdateStrategy();
        var rolling = strategy == null ? null : strategy.getRollingUpdate();
        return rolling == null || rolling.getPartition() == null ? 0 : rolling.getPartition();
    }

    /** How many pods a rolling update may do without, at least one. */
    static int maxUnavailable(StatefulSet set) {
        var strategy = set.getSpec().getUpdateStrategy();
        var rolling = strategy == null ? null : strategy.getRollingUpdate();
        return rolling == null ? 1 : Math.max(1, Share.of(rolling.getMaxUnavailable(), wished(set), false));
    }

    static String name(StatefulSet set, int ordinal) {
        return set.getMetadata().getName() + "-" + ordinal;
    }

    /** The ordinal by the name of a pod; -1 if it is no name of this set's pods. */
    static int ordinal(StatefulSet set, Pod pod) {
        var prefix = set.getMetadata().getName() + "-";
        var name = pod.getMetadata().getName();
        if (!name.startsWith(prefix)) {
            return -1;
        }
        try {
            int ordinal = Integer.parseInt(name.substring(prefix.length()));
            return ordinal >= 0 && name(set, ordinal).equals(name) ? ordinal : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    static boolean isInRange(StatefulSet set, int ordinal) {
        return ordinal >= start(set) && ordinal - start(set) < wished(set);
    }

    /** Of which revision a pod is; empty if it does not say. */
    static String revision(Pod pod) {
        return Revision.label(pod, Revision.POD_LABEL);
    }

    static boolean isServing(Pod pod) {
        return Pods.phase(pod).equals("Running") && Pods.isReady(pod);
    }

    static boolean isAvailable(Pod pod, StatefulSet set, Instant now) {
        return isServing(pod) && Pods.isAvailable(pod, minReady(set), now);
    }

    /** @param revision the name of the template's */
    static Pod create(StatefulSet set, int ordinal, PodTemplateSpec template, String revision) {
        var name = name(set, ordinal);
        return PodFactory.fromTemplate(template, set)
                .editMetadata()
                .withGenerateName(null)
                .withName(name)
                .addToLabels(Revision.POD_LABEL, revision)
                .addToLabels(identity(name, ordinal))
                .endMetadata()
                .editSpec()
                .withHostname(name)
                .withSubdomain(set.getSpec().getServiceName())
                .withVolumes(volumes(set, ordinal, template.getSpec().getVolumes()))
                .endSpec()
                .build();
    }

    static Map<String, String> identity(String name, int ordinal) {
        return Map.of(NAME_LABEL, name, INDEX_LABEL, Integer.toString(ordinal));
    }

    /** A volume of each claim template goes before one of the same name in the pod template. */
    private static List<Volume> volumes(StatefulSet set, int ordinal, List<Volume> own) {
        List<Volume> all = new ArrayList<>();
        for (var template : claimTemplates(set)) {
            all.add(new VolumeBuilder()
                    .withName(template.getMetadata().getName())
                    .withNewPersistentVolumeClaim(Claims.name(set, template, ordinal), false)
                    .build());
        }
        var claimed = all.stream().map(Volume::getName).toList();
        (own == null ? List.<Volume>of() : own)
                .stream().filter(v -> !claimed.contains(v.getName())).forEach(all::add);
        return all;
    }

    /** Whether the volumes of a pod are those of its claims. */
    static boolean hasVolumes(StatefulSet set, Pod pod) {
        int ordinal = ordinal(set, pod);
        var volumes = pod.getSpec().getVolumes();
        return claimTemplates(set).stream()
                .allMatch(template -> volumes.stream()
                        .anyMatch(v -> v.getName().equals(template.getMetadata().getName())
                                && v.getPersistentVolumeClaim() != null
                                && Claims.name(set, template, ordinal)
                                        .equals(v.getPersistentVolumeClaim().getClaimName())));
    }

    static List<PersistentVolumeClaim> claimTemplates(StatefulSet set) {
        var templates = set.getSpec().getVolumeClaimTemplates();
        return templates == null ? List.of() : templates;
    }
}

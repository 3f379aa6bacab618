package dev.navarch.controllers.daemonset;

import dev.navarch.client.NodeSelectors;
import dev.navarch.client.Tolerations;
import dev.navarch.controllers.PodFactory;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.history.Revision;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The pods of a daemon set: which nodes they suit, and how one is tied to its node, which the scheduler then binds it to.
 *
 * <p>source: kubernetes pkg/controller/daemon/util/daemonset_util.go and daemon_controller.go (NodeShouldRunDaemonPod).
 */
final class DaemonPods {
    private static final String GENERATION = "deprecated.daemonset.template.generation";
    private static final String GENERATION_LABEL = "pod-template-generation";
    private static final String NODE_NAME = "metadata.name";

    /** Whether a pod should be started on a node, and whether one that is there may stay. */
    record Fit(boolean run, boolean stay) {}

    private DaemonPods() {}

    static Fit fit(DaemonSet set, Node node) {
        var spec = set.getSpec().getTemplate().getSpec();
        var name = node.getMetadata().getName();
        Map<String, String> labels = node.getMetadata().getLabels();
        boolean named = spec.getNodeName() == null
                || spec.getNodeName().isEmpty()
                || spec.getNodeName().equals(name);
        var alike = new PodBuilder().withSpec(spec).build();
        if (!named || !NodeSelectors.required(alike, name, labels == null ? Map.of() : labels)) {
            return new Fit(false, false);
        }
        var tolerations = tolerations(spec);
        if (repelled(node, tolerations, Tolerations::repels)) {
            return new Fit(false, !repelled(node, tolerations, t -> "NoExecute".equals(t.getEffect())));
        }
        return new Fit(true, true);
    }

    private static boolean repelled(Node node, List<Toleration> tolerations, Predicate<Taint> counts) {
        return taints(node).stream().anyMatch(t -> counts.test(t) && !Tolerations.tolerate(tolerations, t));
    }

    static List<Taint> taints(Node node) {
        return node.getSpec() == null || node.getSpec().getTaints() == null
                ? List.of()
                : node.getSpec().getTaints();
    }

    /** The template's and those of every daemon, which stays where others are sent away. */
    static List<Toleration> tolerations(PodSpec spec) {
        List<Toleration> all = new ArrayList<>(spec.getTolerations() == null ? List.of() : spec.getTolerations());
        add(all, "not-ready", "NoExecute");
        add(all, "unreachable", "NoExecute");
        add(all, "disk-pressure", "NoSchedule");
        add(all, "memory-pressure", "NoSchedule");
        add(all, "pid-pressure", "NoSchedule");
        add(all, "unschedulable", "NoSchedule");
        if (Boolean.TRUE.equals(spec.getHostNetwork())) {
            add(all, "network-unavailable", "NoSchedule");
        }
        return all;
    }

    private static void add(List<Toleration> all, String taint, String effect) {
        var toleration = new TolerationBuilder()
                .withKey("node.kubernetes.io/" + taint)
                .withOperator("Exists")
                .withEffect(effect)
                .build();
        if (!all.contains(toleration)) {
            all.add(toleration);
        }
    }

    /** @param hash of the revision */
    static Pod on(String node, DaemonSet set, String hash) {
        var template = set.getSpec().getTemplate();
        var affinity = template.getSpec().getAffinity();
        var builder = PodFactory.fromTemplate(template, set);
        var generation = generation(set);
        if (!generation.isEmpty()) {
            builder.editMetadata().addToLabels(GENERATION_LABEL, generation).endMetadata();
        }
        return builder.editMetadata()
                .addToLabels(Revision.POD_LABEL, hash)
                .endMetadata()
                .editSpec()
                .withTolerations(tolerations(template.getSpec()))
                .withAffinity((affinity == null ? new AffinityBuilder() : new AffinityBuilder(affinity))
                        .editOrNewNodeAffinity()
                        .withNewRequiredDuringSchedulingIgnoredDuringExecution()
                        .addNewNodeSelectorTerm()
                        .addNewMatchField()
                        .withKey(NODE_NAME)
                        .withOperator("In")
                        .withValues(node)
                        .endMatchField()
                        .endNodeSelectorTerm()
                        .endRequiredDuringSchedulingIgnoredDuringExecution()
                        .endNodeAffinity()
                        .build())
                .endSpec()
                .build();
    }

    private static String generation(DaemonSet set) {
        var annotations = set.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(GENERATION, "");
    }

    /** Made of the present template, as its hash says, or its generation where there was no hash yet. */
    static boolean isUpdated(Pod pod, DaemonSet set, String hash) {
        var generation = generation(set);
        return hash.equals(Revision.label(pod, Revision.POD_LABEL))
                || !generation.isEmpty() && generation.equals(Revision.label(pod, GENERATION_LABEL));
    }

    /** The node that a pod is on or meant for; empty if neither. */
    static String target(Pod pod) {
        if (!Pods.nodeName(pod).isEmpty()) {
            return Pods.nodeName(pod);
        }
        var terms = pod.getSpec() == null ? null : NodeSelectors.requiredTerms(pod);
        for (var term : terms == null ? List.<io.fabric8.kubernetes.api.model.NodeSelectorTerm>of() : terms) {
            for (var field : NodeSelectors.orEmpty(term.getMatchFields())) {
                if (NODE_NAME.equals(field.getKey())
                        && "In".equals(field.getOperator())
                        && field.getValues().size() == 1) {
                    return field.getValues().getFirst();
                }
            }
        }
        return "";
    }
}

package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;

/**
 * Pods may keep others off their node, but not off their zone (source: kubernetes
 * plugin/pkg/admission/antiaffinity/admission.go).
 */
final class HardAntiAffinityTopology implements AdmissionPlugin {
    private static final String HOST = "kubernetes.io/hostname";

    @Override
    public String name() {
        return "LimitPodHardAntiAffinityTopology";
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                || !request.isFor("", "pods")
                || request.object().isEmpty()) {
            return;
        }
        var pod = request.object().get();
        for (var term : Tree.objects(
                pod, "spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")) {
            var key = Tree.text(term, "topologyKey");
            if (!key.equals(HOST)) {
                throw ApiFailure.forbidden(
                        "",
                        "pods",
                        Meta.name(pod),
                        "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey " + key + " but only key "
                                + HOST + " is allowed");
            }
        }
    }
}

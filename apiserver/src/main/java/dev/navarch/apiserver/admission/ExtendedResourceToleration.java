package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pods that ask for a device tolerate the taint that keeps others off its nodes (source: kubernetes
 * plugin/pkg/admission/extendedresourcetoleration/admission.go).
 */
final class ExtendedResourceToleration implements AdmissionPlugin {

    @Override
    public String name() {
        return "ExtendedResourceToleration";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                || !request.isFor("", "pods")
                || request.object().isEmpty()) {
            return;
        }
        var pod = request.object().get();
        Set<String> resources = new TreeSet<>();
        for (var list : List.of("containers", "initContainers")) {
            for (var container : Tree.objects(pod, "spec", list)) {
                resources.addAll(
                        Tree.stringMap(container, "resources", "requests").keySet());
            }
        }
        resources.removeIf(name -> !extended(name));
        resources.forEach(name -> tolerate(Tree.childObject(pod, "spec"), name));
    }

    /** Source: kubernetes pkg/apis/core/helper/helpers.go, IsExtendedResourceName. */
    private static boolean extended(String name) {
        return name.indexOf('/') > 0 && !name.contains("kubernetes.io/") && !name.startsWith("requests.");
    }

    private static void tolerate(ObjectNode spec, String key) {
        boolean there = Tree.objects(spec, "tolerations").stream()
                .anyMatch(t -> Tree.text(t, "key").equals(key)
                        && Tree.text(t, "operator").equals("Exists")
                        && Tree.text(t, "effect").equals("NoSchedule"));
        if (!there) {
            Tree.childArray(spec, "tolerations")
                    .addObject()
                    .put("key", key)
                    .put("operator", "Exists")
                    .put("effect", "NoSchedule");
        }
    }
}

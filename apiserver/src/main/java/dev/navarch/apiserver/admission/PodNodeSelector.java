package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A namespace's pods go to its nodes: what its annotation selects, or all namespaces' default, is added to what a pod
 * selects, which must not contradict it, nor go beyond what the configuration allows (source: kubernetes
 * plugin/pkg/admission/podnodeselector/admission.go).
 */
final class PodNodeSelector implements AdmissionPlugin {
    private static final String ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector";

    private final StoredObjects objects;
    private final NodeSelectorSettings settings;

    PodNodeSelector(StoredObjects objects, NodeSelectorSettings settings) {
        this.objects = objects;
        this.settings = settings;
    }

    @Override
    public String name() {
        return "PodNodeSelector";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var pod = request.created("", "pods");
        if (pod.isEmpty()) {
            return;
        }
        var wanted = wanted(request.namespace());
        refuseConflict(pod.get(), wanted);
        if (!wanted.isEmpty()) {
            var selector = Tree.childObject(Tree.childObject(pod.get(), "spec"), "nodeSelector");
            wanted.forEach(selector::put);
        }
    }

    @Override
    public void validate(AdmissionRequest request) {
        var pod = request.created("", "pods");
        if (pod.isEmpty()) {
            return;
        }
        refuseConflict(pod.get(), wanted(request.namespace()));
        var allowed = settings.allowed().getOrDefault(request.namespace(), Map.of());
        if (!allowed.isEmpty()
                && !allowed.entrySet().containsAll(selected(pod.get()).entrySet())) {
            throw forbidden(pod.get(), "pod node label selector labels conflict with its namespace whitelist");
        }
    }

    private static Map<String, String> selected(ObjectNode pod) {
        return Tree.stringMap(pod, "spec", "nodeSelector");
    }

    private static void refuseConflict(ObjectNode pod, Map<String, String> wanted) {
        var selected = selected(pod);
        wanted.forEach((key, value) -> {
            if (selected.containsKey(key) && !selected.get(key).equals(value)) {
                throw forbidden(pod, "pod node label selector conflicts with its namespace node label selector");
            }
        });
    }

    private static ApiFailure forbidden(ObjectNode pod, String why) {
        return ApiFailure.forbidden("", "pods", Meta.name(pod), why);
    }

    private Map<String, String> wanted(String name) {
        var namespace =
                objects.read("", "namespaces", "", name).orElseThrow(() -> ApiFailure.notFound("", "namespaces", name));
        var annotation = Optional.ofNullable(Meta.annotations(namespace).get(ANNOTATION));
        try {
            return annotation.map(NodeSelectorSettings::labels).orElse(settings.byDefault());
        } catch (IllegalArgumentException e) {
            throw ApiFailure.internalError("namespace " + name + ": " + e.getMessage());
        }
    }
}

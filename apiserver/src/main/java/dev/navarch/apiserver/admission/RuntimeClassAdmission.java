package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives a new pod the overhead, node selector and tolerations of its runtime class, which must exist (source: kubernetes
 * plugin/pkg/admission/runtimeclass/admission.go).
 */
final class RuntimeClassAdmission implements AdmissionPlugin {
    private final StoredObjects objects;

    RuntimeClassAdmission(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "RuntimeClass";
    }

    @Override
    public void admit(AdmissionRequest request) {
        var created = request.created("", "pods");
        if (created.isEmpty()) {
            return;
        }
        var spec = Tree.childObject(created.get(), "spec");
        var name = Tree.text(spec, "runtimeClassName");
        if (name.isEmpty()) {
            if (Tree.has(spec, "overhead")) {
                throw forbidden(
                        request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
            }
            return;
        }
        var found = found(request, name);
        overhead(request, spec, Tree.at(found, "overhead", "podFixed"));
        nodeSelector(request, spec, Tree.at(found, "scheduling", "nodeSelector"));
        tolerations(spec, Tree.at(found, "scheduling", "tolerations"));
    }

    /** What else changes pods may have changed the overhead since. */
    @Override
    public void validate(AdmissionRequest request) {
        request.created("", "pods").map(pod -> pod.path("spec")).ifPresent(spec -> {
            var name = Tree.text(spec, "runtimeClassName");
            var fixed =
                    name.isEmpty() ? MissingNode.getInstance() : Tree.at(found(request, name), "overhead", "podFixed");
            var given = Tree.at(spec, "overhead");
            if (fixed.isEmpty() != given.isEmpty() || !fixed.isEmpty() && !fixed.equals(given)) {
                throw forbidden(
                        request,
                        fixed.isEmpty()
                                ? "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
                                : "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
            }
        });
    }

    private ObjectNode found(AdmissionRequest request, String name) {
        return objects.read("node.k8s.io", "runtimeclasses", "", name)
                .orElseThrow(() -> forbidden(request, "pod rejected: RuntimeClass \"" + name + "\" not found"));
    }

    private static void overhead(AdmissionRequest request, ObjectNode spec, JsonNode fixed) {
        var given = Tree.at(spec, "overhead");
        if (fixed.isEmpty()) {
            if (!given.isEmpty()) {
                throw forbidden(
                        request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
            }
            return;
        }
        if (!given.isMissingNode() && !given.equals(fixed)) {
            throw forbidden(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        }
        spec.set("overhead", fixed.deepCopy());
    }

    private static void nodeSelector(AdmissionRequest request, ObjectNode spec, JsonNode wanted) {
        for (var entry : wanted.properties()) {
            var key = entry.getKey();
            var value = entry.getValue().asString();
            var given = Tree.at(spec, "nodeSelector", key);
            if (!given.isMissingNode() && !given.asString().equals(value)) {
                throw forbidden(
                        request,
                        "conflict: runtimeClass.scheduling.nodeSelector[" + key + "] = " + value
                                + "; pod.spec.nodeSelector[" + key + "] = " + given.asString());
            }
            Tree.childObject(spec, "nodeSelector").put(key, value);
        }
    }

    private static void tolerations(ObjectNode spec, JsonNode wanted) {
        if (wanted.isEmpty()) {
            return;
        }
        var merged =
                Toleration.merged(Toleration.listOf(Tree.childArray(spec, "tolerations")), Toleration.listOf(wanted));
        var all = spec.putArray("tolerations");
        merged.forEach(toleration -> all.add(toleration.tree()));
    }

    private static ApiFailure forbidden(AdmissionRequest request, String why) {
        return ApiFailure.forbidden("", "pods", request.object().map(Meta::name).orElse(""), why);
    }
}

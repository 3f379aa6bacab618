package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nothing is created in a namespace that is absent or on its way out, and the namespaces that the cluster needs stay
 * (source: k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle/admission.go).
 */
final class NamespaceLifecycle implements AdmissionPlugin {
    private static final Set<String> IMMORTAL = Set.of("default", "kube-system", "kube-public");

    private final StoredObjects objects;

    NamespaceLifecycle(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "NamespaceLifecycle";
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                && request.isFor("", "namespaces")
                && IMMORTAL.contains(request.name())) {
            throw ApiFailure.forbidden("", "namespaces", request.name(), "this namespace may not be deleted");
        }
        boolean review = request.group().equals("authorization.k8s.io");
        if (request.operation() != Operation.CREATE || !request.namespaced() || review) {
            return;
        }
        var namespace = objects.read("", "namespaces", "", request.namespace())
                .orElseThrow(() -> ApiFailure.notFound("", "namespaces", request.namespace()));
        if (Tree.text(namespace, "status", "phase").equals("Terminating") || Meta.deleting(namespace)) {
            throw terminating(request, namespace);
        }
    }

    private static ApiFailure terminating(AdmissionRequest request, ObjectNode namespace) {
        var name = request.object().map(Meta::name).orElse(request.name());
        var refusal = ApiFailure.forbidden(
                        request.group(),
                        request.resource(),
                        name,
                        "unable to create new content in namespace " + request.namespace()
                                + " because it is being terminated")
                .status();
        var why = new Cause(
                "NamespaceTerminating",
                "namespace " + Meta.name(namespace) + " is being terminated",
                "metadata.namespace");
        return new ApiFailure(new Status(
                refusal.status(),
                refusal.message(),
                refusal.reason(),
                refusal.details().map(details -> details.withCauses(List.of(why))),
                refusal.code()));
    }
}

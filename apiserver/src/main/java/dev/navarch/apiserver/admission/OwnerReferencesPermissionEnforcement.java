package dev.navarch.apiserver.admission;

import dev.navarch.api.GroupVersion;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who names an owner could let the garbage collector delete, or keep, what they may not delete themselves; so they must be
 * allowed to (source: kubernetes plugin/pkg/admission/gc/gc_admission.go).
 */
final class OwnerReferencesPermissionEnforcement implements AdmissionPlugin {
    private final Authorizer authorizer;
    private final BiFunction<String, String, List<String>> resources;

    /** @param resources plural names of those that hold objects of a kind */
    OwnerReferencesPermissionEnforcement(Authorizer authorizer, BiFunction<String, String, List<String>> resources) {
        this.authorizer = authorizer;
        this.resources = resources;
    }

    @Override
    public String name() {
        return "OwnerReferencesPermissionEnforcement";
    }

    @Override
    public void validate(AdmissionRequest request) {
        boolean written = request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE;
        boolean podStatus = request.group().isEmpty()
                && request.resource().equals("pods")
                && request.subresource().equals("status");
        if (!written || podStatus || request.object().isEmpty()) {
            return;
        }
        var now = owners(request.object().get());
        var before =
                request.old().map(OwnerReferencesPermissionEnforcement::owners).orElse(List.of());
        if (now.equals(before)) {
            return;
        }
        requireDelete(
                request,
                new RequestInfo(
                        true,
                        "delete",
                        request.group(),
                        request.version(),
                        request.resource(),
                        request.subresource(),
                        request.namespace(),
                        request.name(),
                        ""),
                "cannot set an ownerRef on a resource you can't delete: ");
        Map<String, ObjectNode> known = before.stream()
                .collect(Collectors.toMap(o -> Tree.text(o, "uid"), Function.identity(), (first, _) -> first));
        for (var owner : now) {
            var old = known.get(Tree.text(owner, "uid"));
            if (blocks(owner) && (old == null || !blocks(old))) {
                blocking(request, owner);
            }
        }
    }

    private void blocking(AdmissionRequest request, ObjectNode owner) {
        var version = GroupVersion.parse(Tree.text(owner, "apiVersion"));
        var kind = Tree.text(owner, "kind");
        var held = resources.apply(version.apiVersion(), kind);
        if (held.isEmpty()) {
            throw request.forbidden("cannot set blockOwnerDeletion in this case because cannot find RESTMapping for"
                    + " APIVersion " + version.apiVersion() + " Kind " + kind + ": no matches for kind \"" + kind
                    + "\" in version \"" + version.apiVersion() + "\"");
        }
        for (var resource : held) {
            requireDelete(
                    request,
                    new RequestInfo(
                            true,
                            "update",
                            version.group(),
                            version.version(),
                            resource,
                            "finalizers",
                            request.namespace(),
                            Tree.text(owner, "name"),
                            ""),
                    "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ");
        }
    }

    private void requireDelete(AdmissionRequest request, RequestInfo needed, String otherwise) {
        var decision = authorizer.authorize(request.user(), needed);
        if (!decision.allowed()) {
            throw request.forbidden(otherwise + decision.reason() + ", <nil>");
        }
    }

    private static List<ObjectNode> owners(ObjectNode object) {
        return Tree.objects(object, "metadata", "ownerReferences");
    }

    private static boolean blocks(ObjectNode owner) {
        return Tree.flag(owner, false, "blockOwnerDeletion");
    }
}

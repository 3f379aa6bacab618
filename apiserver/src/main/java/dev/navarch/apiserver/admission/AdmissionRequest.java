package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * One write on its way.
 *
 * @param name empty if it will be generated
 * @param object what is to be stored; mutating plugins change it in place; empty for deletions
 * @param old what is stored, not to be changed; empty for creations
 * @param admitted what more is known of the kind
 */
public record AdmissionRequest(
        Operation operation,
        String group,
        String version,
        String resource,
        String kind,
        String subresource,
        boolean namespaced,
        String namespace,
        String name,
        Optional<ObjectNode> object,
        Optional<ObjectNode> old,
        User user,
        boolean dryRun,
        AdmittedKind admitted,
        AdmissionContext context) {

    /** Source: k8s.io/apiserver pkg/admission/interfaces.go. */
    public enum Operation {
        CREATE,
        UPDATE,
        DELETE,
        /** A client is joined to something; the object is the options of that. */
        CONNECT
    }

    /** Whether it is about this resource itself and none of its subresources. */
    public boolean isFor(String wantedGroup, String wantedResource) {
        return subresource.isEmpty() && resource.equals(wantedResource) && group.equals(wantedGroup);
    }

    /** The new object, if it is about the creation of one of this resource. */
    public Optional<ObjectNode> created(String wantedGroup, String wantedResource) {
        return operation == Operation.CREATE && isFor(wantedGroup, wantedResource) ? object : Optional.empty();
    }

    /** Tells the client something beside the answer. */
    public void warn(String text) {
        context.warnings().accept(text);
    }

    /** A refusal that names the object (source: k8s.io/apiserver pkg/admission/errors.go, NewForbidden). */
    public ApiFailure forbidden(String why) {
        return ApiFailure.forbidden(group, resource, shownName(), why);
    }

    private String shownName() {
        if (object.isEmpty()) {
            return name;
        }
        var given = Meta.name(object.get());
        var base = Tree.text(object.get(), "metadata", "generateName");
        return !given.isEmpty() ? given : !base.isEmpty() ? base : "Unknown";
    }
}

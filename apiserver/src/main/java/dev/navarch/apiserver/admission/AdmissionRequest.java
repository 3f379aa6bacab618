package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.User;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * One write on its way.
 *
 * @param name empty if it will be generated
 * @param object what is to be stored; mutating plugins change it in place; empty for deletions
 * @param old what is stored, not to be changed; empty for creations
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
        boolean dryRun) {

    /** Source: k8s.io/apiserver pkg/admission/interfaces.go. */
    public enum Operation {
        CREATE,
        UPDATE,
        DELETE
    }

    /** Whether it is about this resource itself and none of its subresources. */
    public boolean isFor(String wantedGroup, String wantedResource) {
        return subresource.isEmpty() && resource.equals(wantedResource) && group.equals(wantedGroup);
    }
}

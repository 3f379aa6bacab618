package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.kinds.Containers.Container;
import dev.navarch.api.kinds.Containers.Role;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a write to {@code /resize} may change in a pod: how much CPU and memory its containers ask for and may use.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodResize).
 */
public final class PodResize {
    private static final String ONLY = "only cpu and memory resources are mutable";

    private PodResize() {}

    /** Everything that is wrong with such a write. */
    public static List<FieldError> validate(ObjectNode now, ObjectNode old) {
        Problems problems = new Problems();
        At spec = At.root(now).at("spec");
        At before = At.root(old).at("spec");
        PodRules.check(At.root(now), problems);
        if (At.root(old).at("metadata", "annotations").key(PodRules.MIRROR).isSet()) {
            return List.of(FieldError.forbidden("", "static pods cannot be resized"));
        }
        if (before.at("os", "name").is("windows")) {
            return List.of(FieldError.forbidden("", "windows pods cannot be resized"));
        }
        String quality = At.root(old).at("status", "qosClass").text();
        if (!PodQos.of(now).equals(quality.isEmpty() ? PodQos.of(old) : quality)) {
            problems.invalid(spec, PodQos.of(now), "Pod QOS Class may not change as a result of resizing");
        }
        if (!isSupported(At.root(old))) {
            problems.forbidden(spec, "Pod running on node without support for resize");
        }
        if (!(spec.node().deepCopy() instanceof ObjectNode masked) || !sameCounts(spec, before)) {
            problems.forbidden(spec, ONLY);
            return problems.list();
        }
        for (Role role : List.of(Role.INIT, Role.REGULAR)) {
            containers(role, spec, before, masked, problems);
        }
        if (problems.isEmpty() && !Trees.same(masked, before.node())) {
            problems.forbidden(spec, ONLY);
        }
        return problems.list();
    }

    /** Whether the node says what its containers have, and so can change it. */
    private static boolean isSupported(At pod) {
        for (At status : pod.at("status", "containerStatuses").items()) {
            if (status.at("state", "running").isSet()) {
                return status.at("resources").isSet();
            }
        }
        return true;
    }

    private static boolean sameCounts(At now, At old) {
        return now.at("containers").size() == old.at("containers").size()
                && now.at("initContainers").size() == old.at("initContainers").size();
    }

    private static void containers(Role role, At spec, At before, ObjectNode masked, Problems problems) {
        List<ObjectNode> containers = At.objects(masked.path(role.field()));
        for (int i = 0; i < containers.size(); i++) {
            At old = before.at(role.field()).item(i);
            boolean sidecar = new Container(old, role).isSidecar();
            if (role == Role.INIT && !sidecar) {
                if (!Trees.same(containers.get(i), old.node())) {
                    problems.forbidden(spec, "resources for non-sidecar init containers are immutable");
                }
                continue;
            }
            notRemoved(spec.at(role.field()).item(i).at("resources"), old.at("resources"), problems);
            restore(At.object(containers.get(i), "resources"), old.at("resources"));
            if (!Trees.same(containers.get(i), old.node())) {
                problems.forbidden(
                        spec, sidecar ? "only cpu and memory resources for sidecar containers are mutable" : ONLY);
            }
        }
    }

    private static void notRemoved(At now, At old, Problems problems) {
        for (String part : List.of("requests", "limits")) {
            for (var entry : old.at(part).entries()) {
                if (!now.at(part).key(entry.getKey()).isSet()) {
                    problems.forbidden(now.at(part), "resource " + part + " cannot be removed");
                    break;
                }
            }
        }
    }

    private static void restore(ObjectNode resources, At before) {
        for (String part : List.of("requests", "limits")) {
            for (String name : List.of("cpu", "memory")) {
                Kind.keep(name, At.object(resources, part), before.at(part).node());
            }
            if (resources.path(part).isEmpty()) {
                resources.remove(part);
            }
        }
    }
}

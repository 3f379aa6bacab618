package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.kinds.Containers.Role;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a write to {@code /resize} may change in a pod: how much CPU and memory its containers ask for and may use.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodResize).
 */
public final class PodResize {
    private PodResize() {}

    /** Everything that is wrong with such a write. */
    public static List<FieldError> validate(ObjectNode now, ObjectNode old) {
        Problems problems = new Problems();
        At spec = At.root(now).at("spec");
        At before = At.root(old).at("spec");
        Containers.of(spec)
                .forEach(container -> ResourceChecks.requirements(container.at().at("resources"), problems));
        if (!PodQos.of(now).equals(At.root(old).at("status", "qosClass").text())
                && !PodQos.of(now).equals(PodQos.of(old))) {
            problems.invalid(spec, PodQos.of(now), "Pod QOS Class may not change as a result of resizing");
        }
        if (!(spec.node().deepCopy() instanceof ObjectNode masked) || !sameCounts(spec, before)) {
            problems.forbidden(spec, "only cpu and memory resources are mutable");
            return problems.list();
        }
        for (Role role : List.of(Role.INIT, Role.REGULAR)) {
            for (At container : before.at(role.field()).items()) {
                notRemoved(container, spec, role, problems);
            }
            List<ObjectNode> containers = At.objects(masked.path(role.field()));
            for (int i = 0; i < containers.size(); i++) {
                restore(
                        At.object(containers.get(i), "resources"),
                        before.at(role.field()).item(i).at("resources"));
            }
        }
        if (!Trees.same(masked, before.node())) {
            problems.forbidden(spec, "only cpu and memory resources are mutable");
        }
        return problems.list();
    }

    private static boolean sameCounts(At now, At old) {
        return List.of(Role.INIT, Role.REGULAR).stream()
                .allMatch(role ->
                        now.at(role.field()).size() == old.at(role.field()).size());
    }

    private static void notRemoved(At before, At spec, Role role, Problems problems) {
        for (At after : spec.at(role.field()).items()) {
            if (!after.at("name").is(before.at("name").text())) {
                continue;
            }
            for (String part : List.of("requests", "limits")) {
                At now = after.at("resources", part);
                boolean removed = before.at("resources", part).entries().stream()
                        .anyMatch(entry -> !now.key(entry.getKey()).isSet());
                if (removed) {
                    problems.forbidden(now, "resource " + part + " cannot be removed");
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

package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * Resolves a pod's priority class to its value, and lets one class alone be the default (source: kubernetes
 * plugin/pkg/admission/priority/admission.go).
 */
final class PriorityAdmission implements AdmissionPlugin {
    private static final String GROUP = "scheduling.k8s.io";

    /** Classes that exist without an object (source: kubernetes pkg/apis/scheduling/v1/helpers.go). */
    private static final Map<String, Integer> SYSTEM_CLASSES =
            Map.of("system-node-critical", 2_000_001_000, "system-cluster-critical", 2_000_000_000);

    private final StoredObjects objects;

    PriorityAdmission(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "Priority";
    }

    private record PriorityClass(String name, long value, String preemptionPolicy) {
        static PriorityClass of(ObjectNode object) {
            return new PriorityClass(
                    Meta.name(object), Tree.number(object, 0, "value"), Tree.text(object, "preemptionPolicy"));
        }
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                || !request.isFor("", "pods")
                || request.object().isEmpty()) {
            return;
        }
        var spec = Tree.childObject(request.object().get(), "spec");
        if (request.operation() == Operation.UPDATE) {
            keep(spec, request.old().orElseThrow());
            return;
        }
        var wanted = Tree.text(spec, "priorityClassName");
        var found = wanted.isEmpty() ? byDefault() : Optional.of(named(wanted));
        long value = found.map(PriorityClass::value).orElse(0L);
        if (Tree.has(spec, "priority") && Tree.number(spec, value, "priority") != value) {
            throw forbidden(
                    request,
                    "the integer value of priority (" + Tree.number(spec, 0, "priority")
                            + ") must not be provided in pod spec; priority admission controller computed " + value
                            + " from the given PriorityClass name");
        }
        spec.put("priority", value);
        found.ifPresent(c -> spec.put("priorityClassName", c.name));
        var policy = found.map(PriorityClass::preemptionPolicy)
                .filter(p -> !p.isEmpty())
                .orElse("PreemptLowerPriority");
        var given = Tree.text(spec, "preemptionPolicy");
        if (!given.isEmpty() && !given.equals(policy)) {
            throw forbidden(
                    request,
                    "the string value of PreemptionPolicy (" + given
                            + ") must not be provided in pod spec; priority admission controller computed " + policy
                            + " from the given PriorityClass name");
        }
        spec.put("preemptionPolicy", policy);
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE
                || !request.isFor(GROUP, "priorityclasses")
                || request.object().isEmpty()
                || !Tree.flag(request.object().get(), false, "globalDefault")) {
            return;
        }
        byDefault()
                .filter(there -> request.operation() == Operation.CREATE
                        || !there.name.equals(Meta.name(request.object().get())))
                .ifPresent(there -> {
                    throw request.forbidden("PriorityClass " + there.name
                            + " is already marked as default. Only one default can exist");
                });
    }

    /** An update that leaves out what admission once put in does not mean to take it away. */
    private static void keep(ObjectNode spec, ObjectNode old) {
        for (var field : List.of("priority", "preemptionPolicy")) {
            var before = Tree.at(old, "spec", field);
            if (!Tree.has(spec, field) && !before.isMissingNode()) {
                spec.set(field, before);
            }
        }
    }

    private PriorityClass named(String name) {
        var object = objects.read(GROUP, "priorityclasses", "", name);
        if (object.isPresent()) {
            return PriorityClass.of(object.get());
        }
        var value = SYSTEM_CLASSES.get(name);
        if (value == null) {
            throw ApiFailure.forbidden("", "pods", "", "no PriorityClass with name " + name + " was found");
        }
        return new PriorityClass(name, value, "");
    }

    private Optional<PriorityClass> byDefault() {
        PriorityClass lowest = null;
        for (var object : objects.list(GROUP, "priorityclasses", "")) {
            if (Tree.flag(object, false, "globalDefault")) {
                var found = PriorityClass.of(object);
                lowest = lowest == null || found.value < lowest.value ? found : lowest;
            }
        }
        return Optional.ofNullable(lowest);
    }

    private static ApiFailure forbidden(AdmissionRequest request, String why) {
        return ApiFailure.forbidden("", "pods", request.object().map(Meta::name).orElse(""), why);
    }
}

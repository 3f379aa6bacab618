package dev.navarch.apiserver.registry;

import dev.navarch.api.values.LabelSelector;
import dev.navarch.api.values.SelectorException;
import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What can be done to a pod besides writing it: binding it to a node, and evicting it. */
final class PodActions {
    private static final int MOST_DISRUPTED_PODS = 2_000;
    private static final int RETRY_SECONDS = 10;
    private static final int MOST_TRIES = 20;

    private final Resources resources;
    private final Objects objects;
    private final WriteVerbs writes;
    private final DeleteVerbs deletes;
    private final TimeSource time;

    PodActions(Resources resources, Objects objects, WriteVerbs writes, DeleteVerbs deletes, TimeSource time) {
        this.resources = resources;
        this.objects = objects;
        this.writes = writes;
        this.deletes = deletes;
        this.time = time;
    }

    /** Source: kubernetes pkg/registry/core/pod/storage/storage.go, setPodNodeAndMetadata and assignPod. */
    void bind(ApiRequest request, ServedResource pods, String name, ObjectNode binding, boolean dryRun)
            throws InterruptedException {
        var node = Tree.text(binding, "target", "name");
        var kind = Tree.text(binding, "target", "kind");
        if (node.isEmpty() || !(kind.isEmpty() || kind.equals("Node"))) {
            throw wrongTarget(name, node, kind);
        }
        var target = new Target(
                pods, request.info().namespace(), name, Part.BINDING, "binding", request.user(), dryRun, Tracking.NONE);
        writes.change(target, false, old -> {
            var uid = Meta.uid(binding);
            if (!uid.isEmpty() && !uid.equals(Meta.uid(old))) {
                throw ApiFailure.conflict(
                        "",
                        "pods/binding",
                        name,
                        "Precondition failed: UID in precondition: " + uid + ", UID in object meta: " + Meta.uid(old));
            }
            return bound(old, name, node, binding);
        });
    }

    private ObjectNode bound(ObjectNode old, String name, String node, ObjectNode binding) {
        if (Meta.deleting(old)) {
            throw assignmentConflict(name, "pod " + name + " is being deleted, cannot be assigned to a host");
        }
        var there = Tree.text(old, "spec", "nodeName");
        if (!there.isEmpty()) {
            throw assignmentConflict(name, "pod " + name + " is already assigned to node \"" + there + "\"");
        }
        if (!Tree.objects(old, "spec", "schedulingGates").isEmpty()) {
            throw assignmentConflict(name, "pod " + name + " has non-empty .spec.schedulingGates");
        }
        var now = old.deepCopy();
        Tree.childObject(now, "spec").put("nodeName", node);
        addAll(now, "annotations", Meta.annotations(binding));
        addAll(now, "labels", Meta.labels(binding));
        var status = Tree.childObject(now, "status");
        status.remove("nominatedNodeName");
        var conditions = Tree.childArray(status, "conditions");
        conditions.removeIf(c -> Tree.text(c, "type").equals("PodScheduled"));
        conditions
                .addObject()
                .put("type", "PodScheduled")
                .put("status", "True")
                .put("observedGeneration", Meta.generation(old))
                .put("lastTransitionTime", Meta.time(time.now()));
        return now;
    }

    private static void addAll(ObjectNode pod, String field, Map<String, String> more) {
        if (!more.isEmpty()) {
            more.forEach(Tree.childObject(Meta.of(pod), field)::put);
        }
    }

    private static ApiFailure wrongTarget(String name, String node, String kind) {
        var wrong = node.isEmpty()
                ? new Cause("FieldValueRequired", "Required value", "target.name")
                : new Cause(
                        "FieldValueNotSupported",
                        "Unsupported value: \"" + kind + "\": supported values: \"Node\", \"<empty>\"",
                        "target.kind");
        return ApiFailure.invalid("", "Binding", name, List.of(wrong));
    }

    private static ApiFailure assignmentConflict(String name, String why) {
        return ApiFailure.conflict("", "pods/binding", name, why);
    }

    /** Source: kubernetes pkg/registry/core/pod/storage/eviction.go. */
    void evict(ApiRequest request, ServedResource pods, ObjectNode eviction, boolean dryRun)
            throws InterruptedException {
        var name = request.info().name();
        if (!Meta.name(eviction).equals(name)) {
            throw ApiFailure.badRequest("name in URL does not match name in Eviction object");
        }
        var asked = DeleteOptions.of(
                Tree.at(eviction, "deleteOptions") instanceof ObjectNode given ? given : Tree.object());
        var options = dryRun ? asked.dry() : asked;
        for (int tries = 1; ; tries++) {
            var pod = objects.tree(
                    objects.find(pods, request.info().namespace(), name).orElseThrow(() -> pods.notFound(name)));
            if (!withoutBudget(pod)) {
                evictByBudget(request, pods, pod, options);
                return;
            }
            boolean pinned = options.resourceVersion().isPresent();
            try {
                // one that waits may become ready meanwhile, and count for a budget
                boolean mayChange = !pinned && !isOver(pod);
                evict(request, pods, pod, mayChange ? options.withResourceVersion(Meta.resourceVersion(pod)) : options);
                return;
            } catch (ApiFailure e) {
                if (e.code() != 409 || pinned || tries == MOST_TRIES) {
                    throw e;
                }
            }
        }
    }

    private void evictByBudget(ApiRequest request, ServedResource pods, ObjectNode pod, DeleteOptions options)
            throws InterruptedException {
        var budgets = budgets(pod);
        if (budgets.size() > 1) {
            throw new ApiFailure(new Status(
                    "Failure",
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not"
                            + " support.",
                    "",
                    Optional.empty(),
                    500));
        }
        if (budgets.isEmpty()) {
            evict(request, pods, pod, options);
            return;
        }
        var budget = Meta.name(budgets.getFirst());
        if (!mayGoUnready(pod, budgets.getFirst())) {
            spend(request, pod, budget, options.dryRun());
            evict(request, pods, pod, options);
            return;
        }
        try {
            evict(request, pods, pod, options.withResourceVersion(Meta.resourceVersion(pod)));
        } catch (ApiFailure e) {
            throw e.code() == 409 && options.resourceVersion().isEmpty() ? stillProcessed(budget) : e;
        }
    }

    /** Deletes the pod, whose condition tells why (source: likewise, addConditionAndDeletePod). */
    private void evict(ApiRequest request, ServedResource pods, ObjectNode pod, DeleteOptions options)
            throws InterruptedException {
        var namespace = Meta.namespace(pod);
        var name = Meta.name(pod);
        if (options.dryRun()) {
            deletes.deleteAdmitted(pods, namespace, name, options);
            return;
        }
        var target = new Target(pods, namespace, name, Part.STATUS, "eviction", request.user(), false, Tracking.NONE);
        var marked = writes.change(target, false, old -> {
            DeleteVerbs.check(pods, name, old, options);
            var now = old.deepCopy();
            condition(now, "DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting");
            return now;
        });
        deletes.deleteAdmitted(
                pods,
                namespace,
                name,
                options.resourceVersion().isEmpty()
                        ? options
                        : options.withResourceVersion(
                                Long.toString(marked.entry().revision())));
    }

    /** Sets a condition of an object's status, in its place if it is there. */
    private void condition(ObjectNode object, String type, String status, String reason, String message) {
        var conditions = Tree.childArray(Tree.childObject(object, "status"), "conditions");
        var found = Tree.objects(object, "status", "conditions").stream()
                .filter(c -> Tree.text(c, "type").equals(type))
                .findFirst();
        var condition = found.orElseGet(() -> conditions.addObject().put("type", type));
        boolean changes = !Tree.text(condition, "status").equals(status);
        condition.put("observedGeneration", Meta.generation(object)).put("status", status);
        if (changes) {
            condition.put("lastTransitionTime", Meta.time(time.now()));
        }
        condition.put("reason", reason).put("message", message);
    }

    private static boolean isOver(ObjectNode pod) {
        return List.of("Succeeded", "Failed").contains(Tree.text(pod, "status", "phase")) || Meta.deleting(pod);
    }

    private static boolean withoutBudget(ObjectNode pod) {
        return isOver(pod) || Tree.text(pod, "status", "phase").equals("Pending");
    }

    private List<ObjectNode> budgets(ObjectNode pod) {
        List<ObjectNode> found = new ArrayList<>();
        if (Meta.labels(pod).isEmpty()) {
            return found; // not even one that selects all
        }
        for (var budget : objects.list("policy", "poddisruptionbudgets", Meta.namespace(pod))) {
            try {
                var selector = LabelSelector.ofObject(Tree.at(budget, "spec", "selector"));
                if (selector.matchesObject(pod)) {
                    found.add(budget);
                }
            } catch (SelectorException _) {
                // a selector that cannot be read selects nothing
            }
        }
        return found;
    }

    /** A pod that is not ready does not count as healthy, so that it may go as long as enough others are. */
    private static boolean mayGoUnready(ObjectNode pod, ObjectNode budget) {
        boolean ready = Tree.objects(pod, "status", "conditions").stream()
                .anyMatch(c -> Tree.text(c, "type").equals("Ready")
                        && Tree.text(c, "status").equals("True"));
        long healthy = Tree.number(budget, 0, "status", "currentHealthy");
        long desired = Tree.number(budget, 0, "status", "desiredHealthy");
        boolean always = Tree.text(budget, "spec", "unhealthyPodEvictionPolicy").equals("AlwaysAllow");
        return !ready && (always || (healthy >= desired && desired > 0));
    }

    /** Takes one of the budget's allowed disruptions, or refuses. */
    private void spend(ApiRequest request, ObjectNode pod, String name, boolean dryRun) throws InterruptedException {
        var resource = resources.of("policy", "poddisruptionbudgets");
        var target = new Target(
                resource,
                Meta.namespace(pod),
                name,
                Part.STATUS,
                "status",
                request.user(),
                dryRun,
                resource.ownTracking("status"));
        writes.change(target, false, old -> {
            long allowed = Tree.number(old, 0, "status", "disruptionsAllowed");
            if (Tree.number(old, 0, "status", "observedGeneration") < Meta.generation(old)) {
                throw stillProcessed(name);
            }
            if (allowed < 0) {
                throw ApiFailure.forbidden(
                        "policy", "poddisruptionbudget", name, "pdb disruptions allowed is negative");
            }
            if (Tree.stringMap(old, "status", "disruptedPods").size() > MOST_DISRUPTED_PODS) {
                throw ApiFailure.forbidden(
                        "policy",
                        "poddisruptionbudget",
                        name,
                        "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
            }
            if (allowed == 0) {
                throw tooMany(
                        "The disruption budget " + name + " needs "
                                + Tree.number(old, 0, "status", "desiredHealthy") + " healthy pods and has "
                                + Tree.number(old, 0, "status", "currentHealthy") + " currently",
                        0);
            }
            var now = old.deepCopy();
            var status = Tree.childObject(now, "status");
            status.put("disruptionsAllowed", allowed - 1);
            if (allowed == 1) {
                condition(now, "DisruptionAllowed", "False", "InsufficientPods", "");
            }
            Tree.childObject(status, "disruptedPods").put(Meta.name(pod), Meta.time(time.now()));
            return now;
        });
    }

    private static ApiFailure stillProcessed(String budget) {
        return tooMany("The disruption budget " + budget + " is still being processed by the server.", RETRY_SECONDS);
    }

    private static ApiFailure tooMany(String why, int retrySeconds) {
        var message = "Cannot evict pod as it would violate the pod's disruption budget.";
        var details = new Status.Details("", "", "", "", List.of(new Cause("DisruptionBudget", why, "")), retrySeconds);
        return new ApiFailure(new Status("Failure", message, "TooManyRequests", Optional.of(details), 429));
    }
}

package dev.navarch.apiserver.admission;

import dev.navarch.api.quota.Amounts;
import dev.navarch.api.quota.PodAmounts;
import dev.navarch.api.values.Quantity;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The limit ranges of a namespace: what containers get that do not say it, and how much one of them, a pod or a claim
 * may ask for (source: kubernetes plugin/pkg/admission/limitranger/admission.go).
 */
final class LimitRanger implements AdmissionPlugin {
    private static final String ANNOTATION = "kubernetes.io/limit-ranger";

    private final StoredObjects objects;

    LimitRanger(StoredObjects objects) {
        this.objects = objects;
    }

    @Override
    public String name() {
        return "LimitRanger";
    }

    /** Pods that are made or resized, and claims. */
    private static boolean concerns(AdmissionRequest request) {
        if (!request.group().isEmpty() || request.object().isEmpty() || request.operation() == Operation.DELETE) {
            return false;
        }
        boolean pod = request.resource().equals("pods")
                && (request.operation() == Operation.CREATE
                        ? request.subresource().isEmpty()
                        : request.subresource().equals("resize"));
        boolean claim = request.isFor("", "persistentvolumeclaims");
        return (pod || claim) && request.old().filter(Meta::deleting).isEmpty();
    }

    @Override
    public void admit(AdmissionRequest request) {
        if (!request.resource().equals("pods") || !concerns(request)) {
            return;
        }
        for (var range : objects.list("", "limitranges", request.namespace())) {
            complete(request.object().orElseThrow(), range);
        }
    }

    private static void complete(ObjectNode pod, ObjectNode range) {
        Map<String, Quantity> requests = new TreeMap<>();
        Map<String, Quantity> limits = new TreeMap<>();
        for (var limit : Tree.objects(range, "spec", "limits")) {
            if (Tree.text(limit, "type").equals("Container")) {
                requests.putAll(Amounts.of(limit.path("defaultRequest")));
                limits.putAll(Amounts.of(limit.path("default")));
            }
        }
        List<String> done = new ArrayList<>();
        for (var container : Tree.objects(pod, "spec", "containers")) {
            complete(container, requests, limits, "container", done);
        }
        for (var container : Tree.objects(pod, "spec", "initContainers")) {
            complete(container, requests, limits, "init container", done);
        }
        if (!done.isEmpty()) {
            Tree.childObject(Meta.of(pod), "annotations")
                    .put(ANNOTATION, "LimitRanger plugin set: " + String.join("; ", done));
        }
    }

    private static void complete(
            ObjectNode container,
            Map<String, Quantity> requests,
            Map<String, Quantity> limits,
            String what,
            List<String> done) {
        complete(container, "requests", requests)
                .ifPresent(set -> done.add(set + " request for " + what + " " + Tree.text(container, "name")));
        complete(container, "limits", limits)
                .ifPresent(set -> done.add(set + " limit for " + what + " " + Tree.text(container, "name")));
    }

    /** Returns the names of what was put in. */
    private static Optional<String> complete(ObjectNode container, String field, Map<String, Quantity> amounts) {
        List<String> set = new ArrayList<>();
        amounts.forEach((name, amount) -> {
            if (!Tree.has(container, "resources", field, name)) {
                Tree.childObject(Tree.childObject(container, "resources"), field)
                        .put(name, amount.toString());
                set.add(name);
            }
        });
        return set.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", set));
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (!concerns(request)) {
            return;
        }
        boolean pod = request.resource().equals("pods");
        for (var range : objects.list("", "limitranges", request.namespace())) {
            Set<String> errors = new LinkedHashSet<>();
            for (var limit : Tree.objects(range, "spec", "limits")) {
                if (pod) {
                    pod(request.object().orElseThrow(), limit, errors);
                } else {
                    claim(request.object().orElseThrow(), limit, errors);
                }
            }
            if (!errors.isEmpty()) {
                throw request.forbidden(
                        errors.size() == 1 ? errors.iterator().next() : "[" + String.join(", ", errors) + "]");
            }
        }
    }

    private static void pod(ObjectNode pod, ObjectNode limit, Set<String> errors) {
        switch (Tree.text(limit, "type")) {
            case "Container" -> {
                for (var list : List.of("containers", "initContainers")) {
                    for (var container : Tree.objects(pod, "spec", list)) {
                        new Asked(
                                        "Container",
                                        Amounts.of(container.path("resources").path("requests")),
                                        Amounts.of(container.path("resources").path("limits")))
                                .check(limit, errors);
                    }
                }
            }
            case "Pod" ->
                new Asked("Pod", PodAmounts.of(pod, "requests"), PodAmounts.of(pod, "limits")).check(limit, errors);
            default -> {}
        }
    }

    private static void claim(ObjectNode claim, ObjectNode limit, Set<String> errors) {
        if (Tree.text(limit, "type").equals("PersistentVolumeClaim")) {
            var requests = Amounts.of(Tree.at(claim, "spec", "resources", "requests"));
            var asked = new Asked("PersistentVolumeClaim", requests, Map.of());
            Amounts.of(limit.path("min")).forEach((name, bound) -> asked.least(name, bound, errors));
            Amounts.of(limit.path("max")).forEach((name, bound) -> asked.mostRequested(name, bound, errors));
        }
    }

    /** What something of the type asks for. */
    private record Asked(String type, Map<String, Quantity> requests, Map<String, Quantity> limits) {

        void check(ObjectNode limit, Set<String> errors) {
            Amounts.of(limit.path("min")).forEach((name, bound) -> least(name, bound, errors));
            Amounts.of(limit.path("max")).forEach((name, bound) -> most(name, bound, errors));
            Amounts.of(limit.path("maxLimitRequestRatio")).forEach((name, bound) -> ratio(name, bound, errors));
        }

        void least(String name, Quantity bound, Set<String> errors) {
            var text = "minimum " + name + " usage per " + type + " is " + bound;
            var request = requests.get(name);
            var limit = limits.get(name);
            if (request == null) {
                errors.add(text + ".  No request is specified");
            } else if (request.compareTo(bound) < 0) {
                errors.add(text + ", but request is " + request);
            } else if (limit != null && limit.compareTo(bound) < 0) {
                errors.add(text + ", but limit is " + limit);
            }
        }

        void most(String name, Quantity bound, Set<String> errors) {
            var text = "maximum " + name + " usage per " + type + " is " + bound;
            var request = requests.get(name);
            var limit = limits.get(name);
            if (limit == null) {
                errors.add(text + ".  No limit is specified");
            } else if (limit.compareTo(bound) > 0) {
                errors.add(text + ", but limit is " + limit);
            } else if (request != null && request.compareTo(bound) > 0) {
                errors.add(text + ", but request is " + request);
            }
        }

        void mostRequested(String name, Quantity bound, Set<String> errors) {
            var text = "maximum " + name + " usage per " + type + " is " + bound;
            var request = requests.get(name);
            if (request == null) {
                errors.add(text + ".  No request is specified");
            } else if (request.compareTo(bound) > 0) {
                errors.add(text + ", but request is " + request);
            }
        }

        private void ratio(String name, Quantity bound, Set<String> errors) {
            var text = name + " max limit to request ratio per " + type + " is " + bound + ", but ";
            var request = requests.get(name);
            var limit = limits.get(name);
            if (request == null || request.isZero()) {
                errors.add(text + "no request is specified or request is 0");
            } else if (limit == null || limit.isZero()) {
                errors.add(text + "no limit is specified or limit is 0");
            } else {
                double provided =
                        limit.amount().doubleValue() / request.amount().doubleValue();
                if (provided > bound.amount().doubleValue()) {
                    errors.add(text + String.format(Locale.ROOT, "provided ratio is %f", provided));
                }
            }
        }
    }
}

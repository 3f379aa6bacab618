package dev.navarch.apiserver.admission;

import dev.navarch.api.FieldError;
import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.PodSecurityChecks.Violation;
import dev.navarch.apiserver.admission.PodSecurityMetrics.Mode;
import dev.navarch.apiserver.admission.PodSecurityPolicy.Standard;
import dev.navarch.apiserver.following.StoredObjects;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses pods that are less secure than their namespace's labels ask for, and warns of templates of such pods and of
 * pods that are there when the labels change (source: k8s.io/pod-security-admission admission/admission.go).
 */
final class PodSecurityAdmission implements AdmissionPlugin {
    private static final int MOST_PODS = 3_000;

    private static final Set<String> CONTROLLERS = Set.of(
            "replicationcontrollers",
            "podtemplates",
            "replicasets.apps",
            "deployments.apps",
            "statefulsets.apps",
            "daemonsets.apps",
            "jobs.batch",
            "cronjobs.batch");

    private final StoredObjects objects;
    private final PodSecuritySettings settings;
    private final PodSecurityMetrics metrics = new PodSecurityMetrics();

    PodSecurityAdmission(StoredObjects objects, PodSecuritySettings settings) {
        this.objects = objects;
        this.settings = settings;
    }

    @Override
    public String name() {
        return "PodSecurity";
    }

    @Override
    public void register(PrometheusRegistry registry) {
        metrics.register(registry);
    }

    @Override
    public void validate(AdmissionRequest request) {
        if (request.operation() == Operation.DELETE || request.object().isEmpty()) {
            return;
        }
        var object = request.object().get();
        if (request.isFor("", "namespaces")) {
            namespace(request, object);
        } else if (request.group().isEmpty() && request.resource().equals("pods")) {
            if (Set.of("", "ephemeralcontainers", "resize").contains(request.subresource())) {
                pod(request, object);
            }
        } else if (request.subresource().isEmpty() && CONTROLLERS.contains(qualified(request))) {
            controller(request, object);
        }
    }

    private void controller(AdmissionRequest request, ObjectNode object) {
        if (exempted(request)) {
            return;
        }
        var policy = policy(request);
        boolean silent = policy.warn().asksNothing() && policy.audit().asksNothing();
        if (!silent
                && template(request, object) instanceof ObjectNode template
                && !exemptedRuntime(request, template)) {
            audit(request, policy, template);
            warn(request, policy, template);
        }
    }

    private boolean exempted(AdmissionRequest request) {
        var reason = settings.exemption(request.namespace(), request.user().name());
        reason.ifPresent(why -> exempt(request, why));
        return reason.isPresent();
    }

    private boolean exemptedRuntime(AdmissionRequest request, ObjectNode pod) {
        boolean exempt = settings.exemptsRuntimeClass(Tree.text(pod, "spec", "runtimeClassName"));
        if (exempt) {
            exempt(request, "runtimeClass");
        }
        return exempt;
    }

    private void exempt(AdmissionRequest request, String why) {
        note(request, "exempt", why);
        metrics.exempted(request);
    }

    private static void note(AdmissionRequest request, String key, String value) {
        request.context().annotations().add(PodSecurityPolicy.PREFIX + key, value);
    }

    private static String qualified(AdmissionRequest request) {
        return request.group().isEmpty() ? request.resource() : request.resource() + "." + request.group();
    }

    private static JsonNode template(AdmissionRequest request, ObjectNode object) {
        return switch (request.resource()) {
            case "podtemplates" -> object.path("template");
            case "cronjobs" -> Tree.at(object, "spec", "jobTemplate", "spec", "template");
            default -> Tree.at(object, "spec", "template");
        };
    }

    /** Labels that make no sense are told the audit log, and ask for the strictest level. */
    private PodSecurityPolicy policy(AdmissionRequest request) {
        var namespace = objects.read("", "namespaces", "", request.namespace()).orElseThrow(() -> {
            metrics.failed(request, true);
            return ApiFailure.internalError("failed to lookup namespace " + GoText.quote(request.namespace()));
        });
        var labels = Meta.labels(namespace);
        var errors = PodSecurityPolicy.errors(labels);
        if (!errors.isEmpty()) {
            metrics.failed(request, false);
            note(
                    request,
                    "error",
                    "Failed to parse policy: "
                            + errors.stream().map(FieldError::message).collect(Collectors.joining(", ")));
        }
        return PodSecurityPolicy.of(labels, settings.defaults());
    }

    private void pod(AdmissionRequest request, ObjectNode pod) {
        if (exempted(request)) {
            return;
        }
        var policy = policy(request);
        if (policy.asksNothing()) {
            metrics.evaluated(request, Mode.ENFORCE, policy.enforce(), true);
            return;
        }
        if (request.old().filter(old -> sameToUs(pod, old)).isPresent() || exemptedRuntime(request, pod)) {
            return;
        }
        note(request, "enforce-policy", policy.enforce().toString());
        audit(request, policy, pod);
        var violations = PodSecurityChecks.of(pod, policy.enforce());
        metrics.evaluated(request, Mode.ENFORCE, policy.enforce(), violations.isEmpty());
        if (!violations.isEmpty()) {
            throw request.forbidden("violates PodSecurity \"" + policy.enforce() + "\": " + details(violations));
        }
        warn(request, policy, pod);
    }

    /** Whether an update changes nothing of what may change and is looked at. */
    private static boolean sameToUs(ObjectNode pod, ObjectNode old) {
        return images(pod).equals(images(old));
    }

    private static List<String> images(ObjectNode pod) {
        List<String> images = new ArrayList<>();
        for (var list : List.of("containers", "initContainers", "ephemeralContainers")) {
            Tree.objects(pod, "spec", list)
                    .forEach(c -> images.add(list + " " + Tree.text(c, "name") + " " + Tree.text(c, "image")));
        }
        return images;
    }

    private void audit(AdmissionRequest request, PodSecurityPolicy policy, ObjectNode pod) {
        var violations = PodSecurityChecks.of(pod, policy.audit());
        if (!violations.isEmpty()) {
            note(request, "audit-violations", would(policy.audit(), violations));
            metrics.evaluated(request, Mode.AUDIT, policy.audit(), false);
        }
    }

    private static String would(Standard standard, List<Violation> violations) {
        return "would violate PodSecurity \"" + standard + "\": " + details(violations);
    }

    private void warn(AdmissionRequest request, PodSecurityPolicy policy, ObjectNode pod) {
        var violations = PodSecurityChecks.of(pod, policy.warn());
        if (!violations.isEmpty()) {
            request.warn(would(policy.warn(), violations));
            metrics.evaluated(request, Mode.WARN, policy.warn(), false);
        }
    }

    private static String details(List<Violation> violations) {
        return violations.stream()
                .map(v -> v.reason() + " (" + v.detail() + ")")
                .collect(Collectors.joining(", "));
    }

    private void namespace(AdmissionRequest request, ObjectNode namespace) {
        var errors = PodSecurityPolicy.errors(Meta.labels(namespace));
        var before = request.old().map(Meta::labels).orElse(Map.of());
        if (!errors.isEmpty() && (request.old().isEmpty() || !errors.equals(PodSecurityPolicy.errors(before)))) {
            throw ApiFailure.invalid(
                    "",
                    "Namespace",
                    Meta.name(namespace),
                    errors.stream()
                            .map(e -> new Cause(e.type().reason(), e.body(), e.field()))
                            .toList());
        }
        var policy = PodSecurityPolicy.of(Meta.labels(namespace), settings.defaults());
        var enforced = policy.enforce();
        var former = PodSecurityPolicy.of(before, settings.defaults()).enforce();
        boolean relaxed =
                enforced.minor() == former.minor() && !enforced.level().stricterThan(former.level());
        boolean looked = request.old().isPresent();
        if (looked && (enforced.asksNothing() || relaxed)) {
            return;
        }
        if (settings.exemptsNamespace(Meta.name(namespace))) {
            ignored(Meta.labels(namespace), policy)
                    .ifPresent(set -> request.warn("namespace \"" + Meta.name(namespace)
                            + "\" is exempt from Pod Security, and the policy (" + set + ") will be ignored"));
        } else if (looked) {
            warnOfPods(request, Meta.name(namespace), enforced);
        }
    }

    /** What labels ask of the pods of an exempt namespace; empty if they ask nothing beyond the defaults. */
    private Optional<String> ignored(Map<String, String> labels, PodSecurityPolicy policy) {
        if (policy.asksNothing() || policy.equals(settings.defaults())) {
            return Optional.empty();
        }
        List<String> set = new ArrayList<>();
        Map.of("enforce", policy.enforce(), "audit", policy.audit(), "warn", policy.warn()).entrySet().stream()
                .sorted(Comparator.comparingInt(
                        e -> List.of("enforce", "audit", "warn").indexOf(e.getKey())))
                .filter(e -> !e.getValue().asksNothing())
                .filter(e -> labels.containsKey(PodSecurityPolicy.PREFIX + e.getKey())
                        || labels.containsKey(PodSecurityPolicy.PREFIX + e.getKey() + "-version"))
                .forEach(e -> set.add(e.getKey() + "=" + e.getValue()));
        return Optional.of(String.join(", ", set));
    }

    private void warnOfPods(AdmissionRequest request, String namespace, Standard standard) {
        var pods = oneOfEachFirst(objects.list("", "pods", namespace));
        Map<String, List<String>> names = new TreeMap<>();
        for (var pod : pods.subList(0, Math.min(MOST_PODS, pods.size()))) {
            if (settings.exemptsRuntimeClass(Tree.text(pod, "spec", "runtimeClassName"))) {
                continue;
            }
            var reasons = PodSecurityChecks.of(pod, standard).stream()
                    .map(Violation::reason)
                    .collect(Collectors.joining(", "));
            if (!reasons.isEmpty()) {
                names.computeIfAbsent(reasons, _ -> new ArrayList<>()).add(Meta.name(pod));
            }
        }
        if (pods.size() > MOST_PODS) {
            request.warn("new PodSecurity enforce level only checked against the first " + MOST_PODS + " of "
                    + pods.size() + " existing pods");
        }
        if (!names.isEmpty()) {
            request.warn("existing pods in namespace \"" + namespace + "\" violate the new PodSecurity enforce level \""
                    + standard + "\"");
            names.entrySet().stream()
                    .map(e -> shown(e.getValue()) + ": " + e.getKey())
                    .sorted()
                    .forEach(request::warn);
        }
    }

    /** Pods of one controller are much alike: what the first of each shows, is shown before the limit is reached. */
    private static List<ObjectNode> oneOfEachFirst(List<ObjectNode> pods) {
        List<ObjectNode> ordered = new ArrayList<>(pods.size());
        List<ObjectNode> others = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (var pod : pods) {
            var controller = Tree.objects(pod, "metadata", "ownerReferences").stream()
                    .filter(owner -> Tree.flag(owner, false, "controller"))
                    .findFirst();
            boolean first = controller.isEmpty() || seen.add(Tree.text(controller.get(), "uid"));
            (first ? ordered : others).add(pod);
        }
        ordered.addAll(others);
        return ordered;
    }

    /** The first by name, and how many more. */
    private static String shown(List<String> pods) {
        var first = pods.stream().min(String::compareTo).orElseThrow();
        int others = pods.size() - 1;
        return first + (others == 0 ? "" : " (and " + others + (others == 1 ? " other pod)" : " other pods)"));
    }
}

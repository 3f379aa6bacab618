package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Pods and pod templates.
 *
 * <p>Source: kubernetes pkg/registry/core/pod/strategy.go.
 */
final class PodRules {
    static final String MIRROR = "kubernetes.io/config.mirror";
    private static final String DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

    private PodRules() {}

    static Map<String, KindRules> all() {
        return Map.of("/Pod", pod(), "/PodTemplate", podTemplate());
    }

    private static KindRules pod() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(PodDefaults::pod)
                .counts("spec")
                .status()
                .beforeCreate(PodRules::pending)
                .beforeUpdate((now, old) -> keepNegativeGrace(now))
                .beforeStatusUpdate(PodRules::statusOnly)
                .check(PodRules::check)
                .checkCreate((pod, problems) -> {
                    noEphemeralContainers(pod.at("spec"), "cannot be set on create", problems);
                    notBoundWhileGated(pod, problems);
                })
                .checkUpdate(PodUpdateChecks::check)
                .checkStatus(PodUpdateChecks::checkStatus)
                .selectable(
                        "spec.nodeName",
                        "spec.restartPolicy",
                        "spec.schedulerName",
                        "spec.serviceAccountName",
                        "status.phase",
                        "status.podIP",
                        "status.nominatedNodeName")
                .selectable(
                        "spec.hostNetwork",
                        pod -> pod.path("spec").path("hostNetwork").asBoolean(false) ? "true" : "false")
                .selectable("status.podIPs", PodRules::addresses)
                .grace(PodRules::grace)
                .build();
    }

    private static KindRules podTemplate() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .defaults(PodDefaults::template)
                .counts("template")
                .check((object, problems) -> template(object.at("template"), problems))
                .build();
    }

    static void check(At pod, Problems problems) {
        At spec = pod.at("spec");
        annotations(pod.at("metadata", "annotations"), spec, problems);
        PodSpecChecks.check(spec, true, problems);
        VolumeChecks.checkOfPod(spec.at("volumes"), pod.at("metadata", "name").text(), problems);
        ContainerChecks.checkOfPod(spec, problems);
        if (!spec.at("serviceAccountName").isEmpty()) {
            return;
        }
        for (At volume : spec.at("volumes").items()) {
            for (At source : volume.at("projected", "sources").items()) {
                if (source.at("serviceAccountToken").isSet()) {
                    problems.forbidden(
                            source.at("serviceAccountToken"),
                            "must not be specified when serviceAccountName is not set");
                }
            }
        }
    }

    /** Annotations that mean something for pods. */
    private static void annotations(At annotations, At spec, Problems problems) {
        if (annotations.isEmpty()) {
            return;
        }
        At mirror = annotations.key(MIRROR);
        if (mirror.isSet() && spec.at("nodeName").isEmpty()) {
            problems.invalid(mirror, mirror.text(), "must set spec.nodeName if mirror pod annotation is set");
        }
        At cost = annotations.key(DELETION_COST);
        if (cost.isSet() && !isCost(cost.text())) {
            problems.invalid(cost, cost.text(), "must be a 32bit integer");
        }
    }

    private static boolean isCost(String text) {
        try {
            Integer.parseInt(text);
            return !text.startsWith("+") && !(text.length() > 1 && text.startsWith("0"));
        } catch (NumberFormatException _) {
            return false;
        }
    }

    /** The template of a workload. */
    static void template(At template, Problems problems) {
        // Upstream names labels and annotations without the metadata that they are in.
        ObjectMetaRules.labels(
                template.at("labels").with(template.at("metadata", "labels").node()), problems);
        ObjectMetaRules.annotations(
                template.at("annotations")
                        .with(template.at("metadata", "annotations").node()),
                problems);
        annotations(
                template.at("annotations")
                        .with(template.at("metadata", "annotations").node()),
                template.at("spec"),
                problems);
        PodSpecChecks.check(template.at("spec"), false, problems);
        noEphemeralContainers(template.at("spec"), "ephemeral containers not allowed in pod template", problems);
    }

    private static void notBoundWhileGated(At pod, Problems problems) {
        At spec = pod.at("spec");
        if (!spec.at("nodeName").isEmpty() && !spec.at("schedulingGates").isEmpty()) {
            problems.forbidden(spec.at("nodeName"), "cannot be set until all schedulingGates have been cleared");
        }
    }

    private static void noEphemeralContainers(At spec, String why, Problems problems) {
        if (!spec.at("ephemeralContainers").isEmpty()) {
            problems.forbidden(spec.at("ephemeralContainers"), why);
        }
    }

    private static void pending(ObjectNode pod) {
        PodDefaults.serviceAccount(At.object(pod, "spec"));
        ObjectNode status = pod.putObject("status");
        status.put("phase", "Pending");
        status.put("qosClass", PodQos.of(pod));
        if (!pod.path("spec").path("schedulingGates").isEmpty()) {
            status.putArray("conditions")
                    .addObject()
                    .put("type", "PodScheduled")
                    .put("status", "False")
                    .put("reason", "SchedulingGated")
                    .put("message", "Scheduling is blocked due to non-empty scheduling gates");
        }
    }

    private static void keepNegativeGrace(ObjectNode now) {
        ObjectNode spec = At.object(now, "spec");
        if (spec.path("terminationGracePeriodSeconds").asLong(0) < 0) {
            spec.put("terminationGracePeriodSeconds", 1);
        }
    }

    private static void statusOnly(ObjectNode now, ObjectNode old) {
        Kind.keep("ownerReferences", At.object(now, "metadata"), old.path("metadata"));
        ObjectNode status = At.object(now, "status");
        PodDefaults.mirrorAddresses(status, "podIP", "podIPs");
        PodDefaults.mirrorAddresses(status, "hostIP", "hostIPs");
        if (!status.has("qosClass")) {
            Kind.keep("qosClass", status, old.path("status"));
        }
    }

    private static String addresses(ObjectNode pod) {
        List<String> all = At.objects(pod.path("status").path("podIPs")).stream()
                .map(address -> address.path("ip").asString(""))
                .toList();
        return String.join(",", all);
    }

    /** Source: podStrategy.CheckGracefulDelete. */
    private static long grace(ObjectNode pod, OptionalLong requested) {
        JsonNode spec = pod.path("spec");
        String phase = pod.path("status").path("phase").asString("");
        boolean scheduled = !spec.path("nodeName").asString("").isEmpty();
        if (!scheduled || phase.equals("Failed") || phase.equals("Succeeded")) {
            return 0;
        }
        long seconds =
                requested.orElse(spec.path("terminationGracePeriodSeconds").asLong(0));
        return seconds < 0 ? 1 : seconds;
    }
}

package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Role;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Defaults of pods and of the pod templates in workloads.
 *
 * <p>Source: kubernetes pkg/apis/core/v1/defaults.go, conversion.go.
 */
final class PodDefaults {
    private PodDefaults() {}

    /** Those of a pod itself: a template's, and those that a template leaves open. */
    static void pod(ObjectNode pod) {
        ObjectNode spec = At.object(pod, "spec");
        podSpec(spec);
        for (ObjectNode container : Containers.trees(spec, Role.INIT, Role.REGULAR)) {
            requestsFromLimits(container);
        }
        Defaults.put(spec, "enableServiceLinks", true);
        if (spec.path("hostNetwork").asBoolean(false)) {
            Containers.trees(spec, Role.INIT, Role.REGULAR).forEach(PodDefaults::hostPorts);
        }
    }

    private static void requestsFromLimits(ObjectNode container) {
        if (container.path("resources").path("limits") instanceof ObjectNode limits && !limits.isEmpty()) {
            ObjectNode requests = At.object(At.object(container, "resources"), "requests");
            for (Map.Entry<String, JsonNode> limit : limits.properties()) {
                if (!requests.has(limit.getKey())) {
                    requests.set(limit.getKey(), limit.getValue());
                }
            }
        }
    }

    private static void hostPorts(ObjectNode container) {
        for (ObjectNode port : At.objects(container.path("ports"))) {
            if (port.path("hostPort").asLong(0) == 0 && port.has("containerPort")) {
                port.set("hostPort", port.get("containerPort"));
            }
        }
    }

    /** Those of the template of a workload, which upstream puts there even if it is left out. */
    static void template(ObjectNode parent) {
        ObjectNode template = At.object(parent, "template");
        At.object(template, "metadata");
        podSpec(At.object(template, "spec"));
    }

    static void podSpec(ObjectNode spec) {
        Defaults.put(spec, "dnsPolicy", "ClusterFirst");
        Defaults.put(spec, "restartPolicy", "Always");
        At.object(spec, "securityContext");
        Defaults.put(spec, "terminationGracePeriodSeconds", 30);
        Defaults.put(spec, "schedulerName", "default-scheduler");
        serviceAccount(spec);
        At.objects(spec.path("volumes")).forEach(VolumeDefaults::volume);
        Containers.trees(spec, Role.values()).forEach(PodDefaults::container);
    }

    /** The old name of the field follows the new one. */
    static void serviceAccount(ObjectNode spec) {
        String name = spec.path("serviceAccountName").asString("");
        String old = spec.path("serviceAccount").asString("");
        if (!name.isEmpty()) {
            spec.put("serviceAccount", name);
        } else if (!old.isEmpty()) {
            spec.put("serviceAccountName", old);
        }
    }

    private static void container(ObjectNode container) {
        Defaults.put(
                container, "imagePullPolicy", pullPolicy(container.path("image").asString("")));
        Defaults.put(container, "terminationMessagePath", "/dev/termination-log");
        Defaults.put(container, "terminationMessagePolicy", "File");
        At.object(container, "resources");
        At.objects(container.path("ports")).forEach(port -> Defaults.put(port, "protocol", "TCP"));
        for (ObjectNode variable : At.objects(container.path("env"))) {
            fieldVersion(variable.path("valueFrom").path("fieldRef"));
        }
        for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
            if (container.path(probe) instanceof ObjectNode there) {
                probe(there);
            }
        }
        httpGet(container.path("lifecycle").path("postStart"));
        httpGet(container.path("lifecycle").path("preStop"));
    }

    /** Always for what may have moved, which is the tag latest, else if absent. */
    static String pullPolicy(String image) {
        String name = image.substring(image.lastIndexOf('/') + 1);
        boolean moves = !image.isEmpty() && !name.contains("@") && (!name.contains(":") || name.endsWith(":latest"));
        return moves ? "Always" : "IfNotPresent";
    }

    private static void probe(ObjectNode probe) {
        Defaults.putIfZero(probe, "timeoutSeconds", 1);
        Defaults.putIfZero(probe, "periodSeconds", 10);
        Defaults.putIfZero(probe, "successThreshold", 1);
        Defaults.putIfZero(probe, "failureThreshold", 3);
        httpGet(probe);
        if (probe.path("grpc") instanceof ObjectNode grpc && !grpc.has("service")) {
            grpc.put("service", "");
        }
    }

    private static void httpGet(JsonNode handler) {
        if (handler.path("httpGet") instanceof ObjectNode get) {
            Defaults.put(get, "path", "/");
            Defaults.put(get, "scheme", "HTTP");
        }
    }

    static void fieldVersion(JsonNode fieldReference) {
        if (fieldReference instanceof ObjectNode there) {
            Defaults.put(there, "apiVersion", "v1");
        }
    }

    /** The single address and the list of addresses of a status say the same. */
    static void mirrorAddresses(ObjectNode status, String one, String many) {
        String single = status.path(one).asString("");
        String first = status.path(many).path(0).path("ip").asString("");
        if (single.isEmpty() && !first.isEmpty()) {
            status.put(one, first);
        } else if (!single.isEmpty() && !single.equals(first)) {
            ArrayNode list = status.putArray(many);
            list.addObject().put("ip", single);
        }
    }
}

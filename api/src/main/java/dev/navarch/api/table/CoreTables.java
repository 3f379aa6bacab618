package dev.navarch.api.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** Tables of pods, nodes and most other kinds of the core group. */
final class CoreTables {
    private CoreTables() {}

    static Map<String, TablePrinter> all() {
        Map<String, TablePrinter> all = new TreeMap<>();
        all.put("/Pod", pod());
        all.put("/PodTemplate", podTemplate());
        all.put("/Node", node());
        all.put("/Namespace", namespace());
        all.put("/Event", event("involvedObject", "message"));
        all.put("events.k8s.io/Event", event("regarding", "note"));
        all.put("/Secret", secret());
        all.put("/ConfigMap", configMap());
        all.put("/ServiceAccount", serviceAccount());
        all.put("/ResourceQuota", quota());
        all.put("/ComponentStatus", componentStatus());
        return all;
    }

    private static TablePrinter pod() {
        return Printer.named()
                .text(
                        "Ready",
                        "How many containers are ready, of how many.",
                        row -> PodSummary.of(row).ready())
                .text("Status", "What the pod is at.", row -> PodSummary.of(row).status())
                .text(
                        "Restarts",
                        "How often containers restarted, and when last.",
                        row -> PodSummary.of(row).restarts())
                .age()
                .wide("IP", "The pod's address.", CoreTables::podIp)
                .wide("Node", "The node it runs on.", row -> row.text("spec.nodeName", Row.NONE))
                .wide(
                        "Nominated Node",
                        "The node that makes room for it.",
                        row -> row.text("status.nominatedNodeName", Row.NONE))
                .wide("Readiness Gates", "How many conditions beyond the containers' hold.", CoreTables::gates)
                .build();
    }

    private static String podIp(Row pod) {
        String first = pod.items("status.podIPs").stream()
                .findFirst()
                .map(address -> address.text("ip"))
                .orElse("");
        return first.isEmpty() ? pod.text("status.podIP", Row.NONE) : first;
    }

    private static String gates(Row pod) {
        List<Row> gates = pod.items("spec.readinessGates");
        if (gates.isEmpty()) {
            return Row.NONE;
        }
        long holding = gates.stream()
                .filter(gate -> pod.condition(gate.text("conditionType")))
                .count();
        return holding + "/" + gates.size();
    }

    private static TablePrinter podTemplate() {
        return Printer.named()
                .text("Containers", "Names of the containers.", row -> row.each("template.spec.containers", "name"))
                .text("Images", "Images of the containers.", row -> row.each("template.spec.containers", "image"))
                .text("Pod Labels", "Labels of the pods.", row -> row.labels("template.metadata.labels"))
                .build();
    }

    private static TablePrinter node() {
        return Printer.named()
                .text("Status", "Whether the node is ready and takes pods.", CoreTables::nodeStatus)
                .text("Roles", "What its labels say it is for.", CoreTables::nodeRoles)
                .age()
                .text("Version", "Of its kubelet.", row -> row.text("status.nodeInfo.kubeletVersion"))
                .wide("Internal-IP", "Its address inside the cluster.", row -> address(row, "InternalIP"))
                .wide("External-IP", "Its address outside.", row -> address(row, "ExternalIP"))
                .wide("OS-Image", "Its system.", row -> row.text("status.nodeInfo.osImage", Row.UNKNOWN))
                .wide("Kernel-Version", "Its kernel.", row -> row.text("status.nodeInfo.kernelVersion", Row.UNKNOWN))
                .wide(
                        "Container-Runtime",
                        "What runs its containers.",
                        row -> row.text("status.nodeInfo.containerRuntimeVersion", Row.UNKNOWN))
                .build();
    }

    private static String nodeStatus(Row node) {
        String status = node.items("status.conditions").stream()
                .filter(condition -> condition.text("type").equals("Ready"))
                .findFirst()
                .map(condition -> condition.text("status").equals("True") ? "Ready" : "NotReady")
                .orElse("Unknown");
        return node.isTrue("spec.unschedulable") ? status + ",SchedulingDisabled" : status;
    }

    private static String nodeRoles(Row node) {
        TreeSet<String> roles = new TreeSet<>();
        for (Map.Entry<String, JsonNode> label : node.at("metadata.labels").properties()) {
            String prefix = "node-role.kubernetes.io/";
            if (label.getKey().startsWith(prefix) && label.getKey().length() > prefix.length()) {
                roles.add(label.getKey().substring(prefix.length()));
            } else if (label.getKey().equals("kubernetes.io/role")
                    && !label.getValue().asString("").isEmpty()) {
                roles.add(label.getValue().asString(""));
            }
        }
        return roles.isEmpty() ? Row.NONE : String.join(",", roles);
    }

    private static String address(Row node, String type) {
        return node.items("status.addresses").stream()
                .filter(address -> address.text("type").equals(type))
                .findFirst()
                .map(address -> address.text("address"))
                .orElse(Row.NONE);
    }

    private static TablePrinter namespace() {
        return Printer.named()
                .text("Status", "Whether it is being deleted.", row -> row.text("status.phase"))
                .age()
                .build();
    }

    /** The two forms of an event differ in the names of fields. */
    private static TablePrinter event(String about, String message) {
        boolean core = message.equals("message");
        String source = core ? "source" : "deprecatedSource";
        String reporter = core ? "reportingComponent" : "reportingController";
        return Printer.unnamed()
                .text("Last Seen", "When it was last seen.", row -> lastSeen(row, core))
                .text("Type", "Normal or Warning.", row -> row.text("type"))
                .text("Reason", "Why, in one word.", row -> row.text("reason"))
                .text("Object", "What it is about.", row -> object(row, about))
                .wide("Subobject", "Which part of it.", row -> row.text(about + ".fieldPath"))
                .wide("Source", "Who reports it.", row -> source(row, source, reporter))
                .text("Message", "What happened.", row -> row.text(message).strip())
                .wide("First Seen", "When it was first seen.", row -> firstSeen(row, core))
                .wideNumber("Count", "How often it was seen.", row -> count(row, core))
                .wideName()
                .build();
    }

    private static String firstSeen(Row event, boolean core) {
        String first = core ? "firstTimestamp" : "deprecatedFirstTimestamp";
        return event.since(event.has(first) ? first : "eventTime");
    }

    private static String lastSeen(Row event, boolean core) {
        String last = core ? "lastTimestamp" : "deprecatedLastTimestamp";
        if (event.has("series")) {
            return event.since("series.lastObservedTime");
        }
        return event.has(last) ? event.since(last) : firstSeen(event, core);
    }

    private static long count(Row event, boolean core) {
        if (event.has("series")) {
            return event.number("series.count");
        }
        return Math.max(1, event.number(core ? "count" : "deprecatedCount"));
    }

    private static String object(Row event, String about) {
        String kind = event.text(about + ".kind").toLowerCase(Locale.ROOT);
        String name = event.text(about + ".name");
        return name.isEmpty() ? kind : kind + "/" + name;
    }

    private static String source(Row event, String source, String reporter) {
        String component = event.text(source + ".component", event.text(reporter));
        String instance = event.text(source + ".host", event.text("reportingInstance"));
        return instance.isEmpty() ? component : component + ", " + instance;
    }

    private static TablePrinter secret() {
        return Printer.named()
                .text("Type", "What the secret is for.", row -> row.text("type"))
                .text("Data", "How many entries.", row -> row.size("data"))
                .age()
                .build();
    }

    private static TablePrinter configMap() {
        return Printer.named()
                .text("Data", "How many entries.", row -> row.size("data") + row.size("binaryData"))
                .age()
                .build();
    }

    private static TablePrinter serviceAccount() {
        return Printer.named()
                .text("Secrets", "How many secrets it names.", row -> row.size("secrets"))
                .age()
                .build();
    }

    private static TablePrinter quota() {
        return Printer.named()
                .text("Request", "Used and allowed of requests.", row -> usage(row, false))
                .text("Limit", "Used and allowed of limits.", row -> usage(row, true))
                .age()
                .build();
    }

    private static String usage(Row quota, boolean limits) {
        List<String> parts = new ArrayList<>();
        for (String name : new TreeSet<>(quota.at("status.hard").propertyNames())) {
            if (name.startsWith("limits.") == limits) {
                String used = quota.at("status.used").path(name).asString("0");
                parts.add(name + ": " + used + "/"
                        + quota.at("status.hard").path(name).asString(""));
            }
        }
        return parts.stream().collect(Collectors.joining(", "));
    }

    private static TablePrinter componentStatus() {
        return Printer.named()
                .text("Status", "Whether it is healthy.", row -> {
                    List<Row> conditions = row.items("conditions");
                    if (conditions.isEmpty()) {
                        return "Unknown";
                    }
                    return conditions.getFirst().text("status").equals("True") ? "Healthy" : "Unhealthy";
                })
                .text("Message", "What it says.", row -> row.each("conditions", "message"))
                .text("Error", "What is wrong.", row -> row.each("conditions", "error"))
                .build();
    }
}

package dev.navarch.apiserver.flowcontrol;

import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The flow schemas and priority levels that each cluster begins with: two of each that it can't do without, and those that
 * suit most. Source: k8s.io/apiserver pkg/apis/flowcontrol/bootstrap/default.go.
 */
final class DefaultFlows {
    static final String GROUP = "flowcontrol.apiserver.k8s.io";
    static final String AUTO_UPDATE = "apf.kubernetes.io/autoupdate-spec";

    private static final String UNAUTHENTICATED = "system:unauthenticated";
    private static final String AUTHENTICATED = "system:authenticated";
    private static final String NODES = "system:nodes";
    private static final String CONTROLLER_MANAGER = "system:kube-controller-manager";
    private static final String SCHEDULER = "system:kube-scheduler";

    private DefaultFlows() {}

    static List<ObjectNode> mandatoryLevels() {
        var exempt = object("PriorityLevelConfiguration", "exempt");
        exempt.putObject("spec")
                .put("type", "Exempt")
                .putObject("exempt")
                .put("nominalConcurrencyShares", 0)
                .put("lendablePercent", 0);
        var catchAll = object("PriorityLevelConfiguration", "catch-all");
        limited(catchAll, 5, 0).putObject("limitResponse").put("type", "Reject");
        return List.of(exempt, catchAll);
    }

    static List<ObjectNode> suggestedLevels() {
        return List.of(
                level("system", 30, 33, 64, 6),
                level("node-high", 40, 25, 64, 6),
                level("leader-election", 10, 0, 16, 4),
                level("workload-high", 40, 50, 128, 6),
                level("workload-low", 100, 90, 128, 6),
                level("global-default", 20, 50, 128, 6));
    }

    static List<ObjectNode> mandatorySchemas() {
        var exempt = schema("exempt", "exempt", 1, "");
        all(rule(exempt, groups("system:masters")));
        var catchAll = schema("catch-all", "catch-all", 10_000, "ByUser");
        all(rule(catchAll, groups(UNAUTHENTICATED, AUTHENTICATED)));
        return List.of(exempt, catchAll);
    }

    static List<ObjectNode> suggestedSchemas() {
        return List.of(
                systemNodes(),
                systemNodeHigh(),
                probes(),
                leaderElection(),
                ofAll("kube-controller-manager", "workload-high", 800, "ByNamespace", users(CONTROLLER_MANAGER)),
                ofAll("kube-scheduler", "workload-high", 800, "ByNamespace", users(SCHEDULER)),
                ofAll("kube-system-service-accounts", "workload-high", 900, "ByNamespace", systemAccounts(array())),
                ofAll("service-accounts", "workload-low", 9_000, "ByUser", groups("system:serviceaccounts")),
                ofAll("global-default", "global-default", 9_900, "ByUser", groups(UNAUTHENTICATED, AUTHENTICATED)));
    }

    private static ObjectNode systemNodes() {
        return ofAll("system-nodes", "system", 500, "ByUser", groups(NODES));
    }

    private static ObjectNode systemNodeHigh() {
        var schema = schema("system-node-high", "node-high", 400, "ByUser");
        var rule = rule(schema, groups(NODES));
        resources(rule, List.of("*"), "", List.of("nodes", "nodes/status"), true);
        resources(rule, List.of("*"), "coordination.k8s.io", List.of("leases"), false);
        return schema;
    }

    private static ObjectNode probes() {
        var schema = schema("probes", "exempt", 2, "");
        var rule = rule(schema, groups(UNAUTHENTICATED, AUTHENTICATED));
        paths(rule, "get", "/healthz", "/readyz", "/livez");
        return schema;
    }

    private static ObjectNode leaderElection() {
        var schema = schema("system-leader-election", "leader-election", 100, "ByUser");
        var rule = rule(schema, systemAccounts(users(CONTROLLER_MANAGER, SCHEDULER)));
        resources(rule, List.of("get", "create", "update"), "coordination.k8s.io", List.of("leases"), false);
        return schema;
    }

    private static ObjectNode ofAll(
            String name, String level, int precedence, String distinguisher, ArrayNode subjects) {
        var schema = schema(name, level, precedence, distinguisher);
        all(rule(schema, subjects));
        return schema;
    }

    private static ObjectNode object(String kind, String name) {
        var object = JsonNodeFactory.instance.objectNode();
        object.put("apiVersion", GROUP + "/v1").put("kind", kind);
        object.putObject("metadata").put("name", name).putObject("annotations").put(AUTO_UPDATE, "true");
        return object;
    }

    private static ObjectNode limited(ObjectNode level, int shares, int lendable) {
        return level.putObject("spec")
                .put("type", "Limited")
                .putObject("limited")
                .put("nominalConcurrencyShares", shares)
                .put("lendablePercent", lendable);
    }

    private static ObjectNode level(String name, int shares, int lendable, int queues, int handSize) {
        var level = object("PriorityLevelConfiguration", name);
        limited(level, shares, lendable)
                .putObject("limitResponse")
                .put("type", "Queue")
                .putObject("queuing")
                .put("queues", queues)
                .put("handSize", handSize)
                .put("queueLengthLimit", 50);
        return level;
    }

    private static ObjectNode schema(String name, String level, int precedence, String distinguisher) {
        var schema = object("FlowSchema", name);
        var spec = schema.putObject("spec");
        spec.putObject("priorityLevelConfiguration").put("name", level);
        spec.put("matchingPrecedence", precedence);
        if (!distinguisher.isEmpty()) {
            spec.putObject("distinguisherMethod").put("type", distinguisher);
        }
        spec.putArray("rules");
        return schema;
    }

    private static ObjectNode rule(ObjectNode schema, ArrayNode subjects) {
        var rule = ((ArrayNode) schema.path("spec").path("rules")).addObject();
        rule.set("subjects", subjects);
        return rule;
    }

    private static void all(ObjectNode rule) {
        resources(rule, List.of("*"), "*", List.of("*"), true);
        paths(rule, "*", "*");
    }

    private static void resources(
            ObjectNode rule, List<String> verbs, String group, List<String> resources, boolean clusterScope) {
        var list = rule.path("resourceRules") instanceof ArrayNode there ? there : rule.putArray("resourceRules");
        var resource = list.addObject();
        var verbList = resource.putArray("verbs");
        verbs.forEach(verbList::add);
        resource.putArray("apiGroups").add(group);
        var resourceList = resource.putArray("resources");
        resources.forEach(resourceList::add);
        if (clusterScope) {
            resource.put("clusterScope", true);
        }
        resource.putArray("namespaces").add("*");
    }

    private static void paths(ObjectNode rule, String verb, String... urls) {
        var path = rule.putArray("nonResourceRules").addObject();
        path.putArray("verbs").add(verb);
        var list = path.putArray("nonResourceURLs");
        for (var url : urls) {
            list.add(url);
        }
    }

    private static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    private static ArrayNode groups(String... names) {
        return subjects("Group", "group", names);
    }

    private static ArrayNode users(String... names) {
        return subjects("User", "user", names);
    }

    private static ArrayNode subjects(String kind, String field, String... names) {
        var subjects = array();
        for (var name : names) {
            subjects.addObject().put("kind", kind).putObject(field).put("name", name);
        }
        return subjects;
    }

    private static ArrayNode systemAccounts(ArrayNode subjects) {
        subjects.addObject()
                .put("kind", "ServiceAccount")
                .putObject("serviceAccount")
                .put("namespace", "kube-system")
                .put("name", "*");
        return subjects;
    }
}

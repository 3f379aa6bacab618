package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * Namespaces, nodes, runtime classes, leases and priority classes.
 *
 * <p>Source: kubernetes pkg/apis/core/validation/validation.go, pkg/registry/core/namespace, pkg/registry/core/node,
 * pkg/apis/node/validation/validation.go, pkg/apis/coordination, pkg/apis/scheduling.
 */
final class ClusterRules {
    private static final String NAME_LABEL = "kubernetes.io/metadata.name";
    private static final List<String> EFFECTS = List.of("NoSchedule", "PreferNoSchedule", "NoExecute");
    private static final long HIGHEST_USER_PRIORITY = 1_000_000_000;

    private ClusterRules() {}

    static Map<String, KindRules> all() {
        return Map.of(
                "/Namespace", namespace(),
                "/Node", node(),
                "node.k8s.io/RuntimeClass", runtimeClass(),
                "coordination.k8s.io/Lease", lease(),
                "scheduling.k8s.io/PriorityClass", priorityClass());
    }

    private static KindRules namespace() {
        return Kind.clustered(Names::dns1123Label)
                .defaults(namespace -> {
                    nameLabel(namespace);
                    Defaults.put(At.object(namespace, "status"), "phase", "Active");
                })
                .status()
                .beforeCreate(ClusterRules::active)
                .checkCreate((namespace, problems) ->
                        ObjectMetaRules.finalizers(namespace.at("spec", "finalizers"), problems))
                .checkStatus((now, old, problems) -> phase(now, problems))
                .beforeUpdate((now, old) -> {
                    Kind.keep("finalizers", At.object(now, "spec"), old.path("spec"));
                    nameLabel(now);
                })
                .selectable("status.phase")
                .build();
    }

    /** A namespace ends when it is deleted, and only then. */
    private static void phase(At namespace, Problems problems) {
        boolean deleted = namespace.at("metadata", "deletionTimestamp").isSet();
        String phase = namespace.at("status", "phase").text();
        // Upstream spells the field so.
        At at = namespace.at("status", "Phase");
        if (!deleted && !phase.equals("Active")) {
            problems.invalid(at, phase, "may only be 'Active' if `deletionTimestamp` is empty");
        } else if (deleted && !phase.equals("Terminating")) {
            problems.invalid(at, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
        }
    }

    private static void nameLabel(ObjectNode namespace) {
        String name = namespace.path("metadata").path("name").asString("");
        if (!name.isEmpty()) {
            At.object(At.object(namespace, "metadata"), "labels").put(NAME_LABEL, name);
        }
    }

    private static void active(ObjectNode namespace) {
        nameLabel(namespace);
        namespace.putObject("status").put("phase", "Active");
        ObjectNode spec = At.object(namespace, "spec");
        boolean held = At.root(spec).at("finalizers").items().stream().anyMatch(name -> name.is("kubernetes"));
        if (!held) {
            spec.withArray("/finalizers").add("kubernetes");
        }
    }

    private static KindRules node() {
        return Kind.clustered(Names::dns1123Subdomain)
                .defaults(node -> {
                    mirrorPodBlocks(node);
                    if (node.path("status") instanceof ObjectNode status
                            && status.path("capacity").isObject()
                            && !status.path("allocatable").isObject()) {
                        status.set("allocatable", status.get("capacity").deepCopy());
                    }
                })
                .beforeUpdate((now, old) -> Kind.keep("status", now, old))
                .check(ClusterRules::node)
                .checkUpdate(ClusterRules::nodeUpdate)
                .checkStatus((now, old, problems) -> status(now.at("status"), problems))
                .selectable(
                        "spec.unschedulable",
                        node -> node.path("spec").path("unschedulable").asBoolean(false) ? "true" : "false")
                .build();
    }

    /** The single block and the list of blocks say the same. */
    private static void mirrorPodBlocks(ObjectNode node) {
        if (!(node.path("spec") instanceof ObjectNode spec)) {
            return;
        }
        String single = spec.path("podCIDR").asString("");
        String first = spec.path("podCIDRs").path(0).asString("");
        if (single.isEmpty() && !first.isEmpty()) {
            spec.put("podCIDR", first);
        } else if (!single.isEmpty() && !single.equals(first)) {
            spec.putArray("podCIDRs").add(single);
        }
    }

    private static void node(At node, Problems problems) {
        Set<String> seen = new HashSet<>();
        // Upstream names the taints as if they were in the metadata.
        At taints = node.at("metadata", "taints").with(node.at("spec", "taints").node());
        for (At taint : taints.items()) {
            problems.grammar(taint.at("key"), Names::qualifiedName);
            List<String> complaints = Names.labelValue(taint.at("value").text());
            if (!complaints.isEmpty()) {
                problems.invalid(taint.at("value"), String.join(";", complaints));
            }
            problems.oneOf(taint.at("effect"), EFFECTS);
            if (!seen.add(taint.at("key").text() + ":" + taint.at("effect").text())) {
                problems.duplicate(taint, taint.value(), "taints must be unique by key and effect pair");
            }
        }
        At blocks = node.at("spec", "podCIDRs");
        blocks.items().forEach(block -> IpChecks.block(block, problems));
        if (blocks.size() > 1 && !isPair(blocks)) {
            problems.invalid(blocks, "may specify no more than one CIDR for each IP family");
        }
        status(node.at("status"), problems);
    }

    /** Whether there is one block of each family. */
    private static boolean isPair(At blocks) {
        return blocks.size() == 2
                && blocks.item(0).text().contains(":") != blocks.item(1).text().contains(":");
    }

    private static void status(At status, Problems problems) {
        for (String list : List.of("capacity", "allocatable")) {
            for (Map.Entry<String, At> entry : status.at(list).entries()) {
                // Upstream names these as fields, not as keys.
                At amount = status.at(list, entry.getKey());
                ResourceChecks.amount(entry.getKey(), amount, problems);
            }
        }
        problems.unique(status.at("addresses"), At::node);
    }

    private static void nodeUpdate(At now, At old, Problems problems) {
        At blocks = old.at("spec", "podCIDRs");
        if (!blocks.isEmpty() && !Trees.same(now.at("spec", "podCIDRs").node(), blocks.node())) {
            problems.forbidden(
                    now.at("spec", "podCIDRs"), "node updates may not change podCIDR except from \"\" to valid");
        }
        At provider = old.at("spec", "providerID");
        if (!provider.isEmpty() && !now.at("spec", "providerID").is(provider.text())) {
            problems.forbidden(
                    now.at("spec", "providerID"), "node updates may not change providerID except from \"\" to valid");
        }
    }

    private static KindRules runtimeClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .conditionalUpdateOnly()
                .check((type, problems) -> {
                    problems.grammar(type.at("handler"), Names::dns1123Label);
                    At overhead = type.at("overhead");
                    At amounts =
                            overhead.at("limits").with(overhead.at("podFixed").node());
                    for (Map.Entry<String, At> amount : amounts.entries()) {
                        ResourceChecks.containerResource(amount.getKey(), amount.getValue(), problems);
                        ResourceChecks.amount(amount.getKey(), amount.getValue(), problems);
                    }
                    ObjectMetaRules.labels(type.at("scheduling", "nodeSelector"), problems);
                    At tolerations = type.at("scheduling", "tolerations");
                    SchedulingChecks.tolerations(tolerations, problems);
                    problems.unique(tolerations, At::node);
                })
                .immutable("handler")
                .build();
    }

    private static KindRules lease() {
        return Kind.namespaced(Names::dns1123Subdomain)
                .createsOnUpdate()
                .conditionalUpdateOnly()
                .check((lease, problems) -> {
                    At seconds = lease.at("spec", "leaseDurationSeconds");
                    if (seconds.isSet() && seconds.number() <= 0) {
                        problems.invalid(seconds, "must be greater than 0");
                    }
                    At transitions = lease.at("spec", "leaseTransitions");
                    problems.notNegative(transitions); // and no holder is one that gave it back
                })
                .build();
    }

    private static KindRules priorityClass() {
        return Kind.clustered(Names::dns1123Subdomain)
                .createsOnUpdate()
                .counts()
                .beforeCreate(priority -> At.object(priority, "metadata").put("generation", 1))
                .defaults(priority -> Defaults.put(priority, "preemptionPolicy", "PreemptLowerPriority"))
                .check(ClusterRules::priorityClass)
                .checkUpdate((now, old, problems) -> {
                    if (now.at("value").number() != old.at("value").number()) {
                        problems.forbidden(now.at("value"), "may not be changed in an update.");
                    }
                })
                .immutable("preemptionPolicy")
                .build();
    }

    private static void priorityClass(At priority, Problems problems) {
        String name = priority.at("metadata", "name").text();
        long value = priority.at("value").number();
        boolean system = name.equals("system-cluster-critical") || name.equals("system-node-critical");
        if (!system && name.startsWith("system-")) {
            problems.forbidden(
                    priority.at("metadata", "name"),
                    "priority class names with 'system-' prefix are reserved for system use only");
        }
        if (!system && value > HIGHEST_USER_PRIORITY) {
            problems.forbidden(
                    priority.at("value"),
                    "maximum allowed value of a user defined priority is " + HIGHEST_USER_PRIORITY);
        }
        problems.oneOfIfSet(priority.at("preemptionPolicy"), List.of("PreemptLowerPriority", "Never"));
    }
}

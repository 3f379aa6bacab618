package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Role;
import dev.navarch.api.values.Names;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an update may change in a pod's spec: little.
 *
 * <p>The rest is compared by putting the old values of what may change into a copy, which must then be the old spec.
 * Source: kubernetes pkg/apis/core/validation/validation.go (ValidatePodUpdate, ValidatePodStatusUpdate).
 */
final class PodUpdateChecks {
    private static final String ALLOWED =
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                    + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                    + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    private PodUpdateChecks() {}

    static void check(At now, At old, Problems problems) {
        mirror(now.at("metadata", "annotations"), old.at("metadata", "annotations"), problems);
        At spec = now.at("spec");
        At before = old.at("spec");
        if (!sameContainers(spec, before, problems)) {
            return;
        }
        if (!deadline(spec.at("activeDeadlineSeconds"), before.at("activeDeadlineSeconds"), problems)) {
            return;
        }
        tolerations(spec.at("tolerations"), before.at("tolerations"), problems);
        boolean gated = !before.at("schedulingGates").isEmpty();
        gates(spec.at("schedulingGates"), before.at("schedulingGates"), problems);
        rest(spec, before, gated, problems);
    }

    private static boolean sameContainers(At now, At old, Problems problems) {
        for (Role role : List.of(Role.REGULAR, Role.INIT)) {
            if (now.at(role.field()).size() != old.at(role.field()).size()) {
                problems.forbidden(now.at(role.field()), "pod updates may not add or remove containers");
                return false;
            }
        }
        return true;
    }

    /** The kubelet alone says which pods mirror its own. */
    private static void mirror(At now, At old, Problems problems) {
        At after = now.key(PodRules.MIRROR);
        At before = old.key(PodRules.MIRROR);
        if (before.isSet() && !(after.isSet() && after.is(before.text()))) {
            problems.forbidden(after, "may not remove or update mirror pod annotation");
        } else if (!before.isSet() && after.isSet()) {
            problems.forbidden(after, "may not add mirror pod annotation");
        }
    }

    /** Whether it makes sense to look further. */
    private static boolean deadline(At now, At old, Problems problems) {
        if (old.isSet() && !now.isSet()) {
            problems.invalid(now, null, "must not update from a positive integer to nil value");
        } else if (now.number() < 0 || now.number() > Integer.MAX_VALUE) {
            problems.invalid(now, "must be between 0 and " + Integer.MAX_VALUE + ", inclusive");
            return false;
        } else if (old.isSet() && now.number() > old.number()) {
            problems.invalid(now, "must be less than or equal to previous value");
            return false;
        }
        return true;
    }

    /** New tolerations may come; old ones stay, with other seconds at most. */
    private static void tolerations(At now, At old, Problems problems) {
        for (At before : old.items()) {
            boolean kept = now.items().stream().anyMatch(after -> sameToleration(after, before));
            if (!kept) {
                problems.forbidden(now, "existing toleration can not be modified except its tolerationSeconds");
                return;
            }
        }
    }

    private static boolean sameToleration(At a, At b) {
        return List.of("key", "operator", "value", "effect").stream()
                .allMatch(field -> a.at(field).text().equals(b.at(field).text()));
    }

    private static void gates(At now, At old, Problems problems) {
        Set<String> before = Set.copyOf(old.items().stream()
                .map(gate -> gate.at("name").text())
                .distinct()
                .toList());
        for (At gate : now.items()) {
            if (!before.contains(gate.at("name").text())) {
                problems.forbidden(
                        gate.at("name"),
                        "only deletion is allowed, but found new scheduling gate '"
                                + gate.at("name").text() + "'");
            }
        }
    }

    private static void rest(At now, At old, boolean gated, Problems problems) {
        ObjectNode masked = (ObjectNode) now.node().deepCopy();
        for (Role role : List.of(Role.REGULAR, Role.INIT)) {
            List<ObjectNode> containers = At.objects(masked.path(role.field()));
            for (int i = 0; i < containers.size(); i++) {
                Kind.keep(
                        "image", containers.get(i), old.at(role.field()).item(i).node());
            }
        }
        List<String> free = new ArrayList<>(List.of("activeDeadlineSeconds", "tolerations", "schedulingGates"));
        if (old.at("terminationGracePeriodSeconds").number() < 0
                && now.at("terminationGracePeriodSeconds").number() == 1) {
            free.add("terminationGracePeriodSeconds");
        }
        if (gated) {
            free.add("nodeSelector");
            onlyAdded(now.at("nodeSelector"), old.at("nodeSelector"), problems);
            NodeAffinityChange.check(now.at("affinity", "nodeAffinity"), old.at("affinity", "nodeAffinity"), problems);
            keepNodeAffinity(masked, old);
        }
        free.forEach(field -> Kind.keep(field, masked, old.node()));
        if (!Trees.same(masked, old.node())) {
            problems.forbidden(now, ALLOWED + difference(masked, old.node()));
        }
    }

    private static void keepNodeAffinity(ObjectNode masked, At old) {
        At before = old.at("affinity");
        if (before.isSet() || masked.path("affinity").isObject()) {
            ObjectNode affinity = At.object(masked, "affinity");
            Kind.keep("nodeAffinity", affinity, before.node());
            if (affinity.isEmpty() && !before.isSet()) {
                masked.remove("affinity");
            }
        }
    }

    private static void onlyAdded(At now, At old, Problems problems) {
        for (Map.Entry<String, At> entry : old.entries()) {
            if (!now.key(entry.getKey()).text().equals(entry.getValue().text())) {
                problems.invalid(now, "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
                return;
            }
        }
    }

    private static String difference(JsonNode now, JsonNode old) {
        StringBuilder lines = new StringBuilder("\n");
        for (String name : now.propertyNames()) {
            line(lines, name, now, old);
        }
        for (String name : old.propertyNames()) {
            if (!now.has(name)) {
                line(lines, name, now, old);
            }
        }
        return lines.toString();
    }

    private static void line(StringBuilder lines, String name, JsonNode now, JsonNode old) {
        if (!Trees.same(now.path(name), old.path(name)) && lines.length() < 2_000) {
            lines.append("- ")
                    .append(name)
                    .append(": ")
                    .append(brief(old.path(name)))
                    .append('\n');
            lines.append("+ ")
                    .append(name)
                    .append(": ")
                    .append(brief(now.path(name)))
                    .append('\n');
        }
    }

    private static String brief(JsonNode node) {
        String text = node.isMissingNode() ? "nil" : node.toString();
        return text.length() <= 400 ? text : text.substring(0, 400) + "...";
    }

    /** A container that ended does not run again unless its pod's policy says so. */
    static void checkStatus(At now, At old, Problems problems) {
        At metadata = now.at("metadata");
        mirror(metadata.at("annotations"), old.at("metadata", "annotations"), problems);
        conditions(now.at("status", "conditions"), metadata, problems);
        At nominated = now.at("status", "nominatedNodeName");
        if (!nominated.isEmpty() && !old.at("status", "nominatedNodeName").is(nominated.text())) {
            problems.grammar(nominated, Names::dns1123Subdomain);
        }
        problems.immutable(now.at("status", "qosClass"), old.at("status", "qosClass"));
        String policy = old.at("spec", "restartPolicy").text();
        ended(now, old, "containerStatuses", policy, problems);
        ended(now, old, "initContainerStatuses", policy, problems);
        ended(now, old, "ephemeralContainerStatuses", "Never", problems);
        claims(now, problems);
        addresses(now.at("status", "podIPs"), problems);
        At hosts = now.at("status", "hostIPs");
        if (!hosts.isEmpty()
                && !hosts.item(0).at("ip").is(now.at("status", "hostIP").text())) {
            problems.invalid(hosts.item(0).at("ip"), "must be equal to `hostIP`");
        }
        addresses(hosts, problems);
    }

    /** Upstream names the conditions as if they were in the metadata. */
    private static void conditions(At conditions, At metadata, Problems problems) {
        At place = metadata.at("conditions").with(conditions.node());
        for (At condition : place.items()) {
            At type = condition.at("Type").with(condition.at("type").node());
            problems.grammar(type, Names::qualifiedName);
        }
    }

    private static void ended(At now, At old, String field, String policy, Problems problems) {
        if (policy.equals("Always")) {
            return;
        }
        At statuses = now.at("status", field);
        List<At> all = old.at("status", field).items();
        for (int i = 0; i < all.size(); i++) {
            At before = all.get(i);
            At terminated = before.at("state", "terminated");
            boolean forGood = terminated.isSet()
                    && !(policy.equals("OnFailure") && terminated.at("exitCode").number() != 0)
                    && !hasOwnRestartPolicy(now, before.at("name").text());
            if (!forGood) {
                continue;
            }
            for (At after : statuses.items()) {
                boolean same = after.at("name").is(before.at("name").text());
                if (same && !after.at("state", "terminated").isSet()) {
                    problems.forbidden(statuses.item(i).at("state"), "may not be transitioned to non-terminated state");
                }
            }
        }
    }

    private static boolean hasOwnRestartPolicy(At pod, String container) {
        for (Containers.Container other : Containers.of(pod.at("spec"))) {
            if (other.name().equals(container)) {
                return other.at().at("restartPolicy").isSet();
            }
        }
        return false;
    }

    private static void claims(At pod, Problems problems) {
        At statuses = pod.at("status", "resourceClaimStatuses");
        Set<String> seen = new HashSet<>();
        for (At status : statuses.items()) {
            At name = status.at("name");
            boolean known = pod.at("spec", "resourceClaims").items().stream()
                    .anyMatch(claim -> claim.at("name").is(name.text()));
            if (!known) {
                problems.invalid(name, "must match the name of an entry in `spec.resourceClaims`");
            }
            if (!seen.add(name.text())) {
                problems.duplicate(name, name.text());
            }
            if (status.at("resourceClaimName").isSet()) {
                problems.grammar(name.with(status.at("resourceClaimName").node()), Names::dns1123Subdomain);
            }
        }
    }

    /** One address of each family. */
    private static void addresses(At list, Problems problems) {
        List<At> items = list.items();
        for (At item : items) {
            IpChecks.address(item.with(item.at("ip").node()), problems);
        }
        if (items.size() < 2) {
            return;
        }
        long four = items.stream()
                .filter(item -> !item.at("ip").text().contains(":"))
                .count();
        if (items.size() > 2 || four != 1) {
            problems.invalid(list, "may specify no more than one IP for each IP family");
        }
        problems.unique(list, At::node);
    }
}

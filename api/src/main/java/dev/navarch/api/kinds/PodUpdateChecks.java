package dev.navarch.api.kinds;

import dev.navarch.api.kinds.Containers.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        At spec = now.at("spec");
        At before = old.at("spec");
        if (!sameContainers(spec, before, problems)) {
            return;
        }
        deadline(spec.at("activeDeadlineSeconds"), before.at("activeDeadlineSeconds"), problems);
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

    private static void deadline(At now, At old, Problems problems) {
        if (old.isSet() && !now.isSet()) {
            problems.invalid(now, "", "must not update from a positive integer to nil value");
        } else if (old.isSet() && now.number() > old.number()) {
            problems.invalid(now, "must be less than or equal to previous value");
        }
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
            keepNodeAffinity(masked, old);
            onlyAdded(now.at("nodeSelector"), old.at("nodeSelector"), problems);
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
                problems.invalid(now, "only additions are allowed");
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
        String policy = old.at("spec", "restartPolicy").text();
        if (policy.equals("Always")) {
            return;
        }
        At statuses = now.at("status", "containerStatuses");
        List<At> all = old.at("status", "containerStatuses").items();
        for (int i = 0; i < all.size(); i++) {
            At before = all.get(i);
            At ended = before.at("state", "terminated");
            boolean final_ = ended.isSet()
                    && !(policy.equals("OnFailure") && ended.at("exitCode").number() != 0)
                    && !hasOwnRestartRules(now, before.at("name").text());
            Optional<At> after = statuses.items().stream()
                    .filter(status -> status.at("name").is(before.at("name").text()))
                    .findFirst();
            if (final_
                    && after.isPresent()
                    && !after.get().at("state", "terminated").isSet()) {
                problems.forbidden(statuses.item(i).at("state"), "may not be transitioned to non-terminated state");
            }
        }
    }

    private static boolean hasOwnRestartRules(At pod, String container) {
        return pod.at("spec", "containers").items().stream()
                .anyMatch(at ->
                        at.at("name").is(container) && at.at("restartPolicy").isSet());
    }

    /** Ephemeral containers are only added, never changed or taken away. */
    static void checkEphemeral(At now, At old, Problems problems) {
        At list = now.at("spec", "ephemeralContainers");
        for (At before : old.at("spec", "ephemeralContainers").items()) {
            String name = before.at("name").text();
            Optional<At> after = list.items().stream()
                    .filter(container -> container.at("name").is(name))
                    .findFirst();
            if (after.isEmpty()) {
                problems.forbidden(list, "existing ephemeral containers \"" + name + "\" may not be removed\n");
            } else if (!Trees.same(after.get().node(), before.node())) {
                problems.forbidden(list, "existing ephemeral containers \"" + name + "\" may not be changed\n");
            }
        }
    }
}

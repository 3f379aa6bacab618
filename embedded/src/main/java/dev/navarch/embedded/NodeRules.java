package dev.navarch.embedded;

import dev.navarch.api.values.Names;
import dev.navarch.api.values.Quantity;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a node that a test asks for must be like. The API server would refuse another one while the cluster starts, where
 * nobody sees it but the node, which asks again and again.
 */
final class NodeRules {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,9}");
    private static final Set<String> EFFECTS = Set.of("NoSchedule", "PreferNoSchedule", "NoExecute");

    private NodeRules() {}

    /** @throws IllegalArgumentException if there can't be such a node */
    static void check(
            String name,
            Map<String, String> labels,
            List<String> taints,
            Map<String, String> capacity,
            Map<String, Integer> devices) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name
                    + "\" can't be a node's name: it has lower-case letters, digits, '-' and '.', such as node-1");
        }
        capacity.forEach((resource, quantity) -> capacity(name, resource, quantity));
        labels.forEach((key, value) -> {
            refuse(name, "the label", key + "=" + value, Names.qualifiedName(key));
            refuse(name, "the label", key + "=" + value, Names.labelValue(value));
        });
        taints(name, taints);
        devices.forEach((driver, count) -> {
            refuse(name, "devices of", driver, Names.dns1123Subdomain(driver));
            if (count < 0) {
                throw new IllegalArgumentException("node " + name + " can't have " + count + " devices of " + driver);
            }
        });
    }

    private static void capacity(String name, String resource, String quantity) {
        refuse(name, "the resource", resource, Names.qualifiedName(resource));
        boolean whole = resource.equals("pods");
        try {
            if (Quantity.parse(quantity).sign() >= 0
                    && (!whole || WHOLE.matcher(quantity).matches())) {
                return;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "node " + name + " can't have \"" + quantity + "\" of " + resource
                            + ": that is no quantity such as 500m or 16Gi",
                    e);
        }
        throw new IllegalArgumentException("node " + name + " can't have \"" + quantity + "\" of " + resource
                + (whole ? ": pods are a whole number" : ": that is less than nothing"));
    }

    private static void taints(String name, List<String> taints) {
        Set<String> seen = new HashSet<>();
        for (var taint : taints) {
            int colon = taint.lastIndexOf(':');
            if (colon < 0 || !EFFECTS.contains(taint.substring(colon + 1))) {
                throw new IllegalArgumentException("node " + name + " can't have the taint \"" + taint
                        + "\": it is not of the form key=value:NoSchedule, key:PreferNoSchedule or key:NoExecute");
            }
            var pair = taint.substring(0, colon).split("=", 2);
            refuse(name, "the taint", taint, Names.qualifiedName(pair[0]));
            if (pair.length == 2) {
                refuse(name, "the taint", taint, Names.labelValue(pair[1]));
            }
            if (!seen.add(pair[0] + taint.substring(colon))) {
                throw new IllegalArgumentException("node " + name + " can't have the taint \"" + taint
                        + "\": another one has the same key and effect");
            }
        }
    }

    private static void refuse(String name, String what, String text, List<String> wrong) {
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "node " + name + " can't have " + what + " \"" + text + "\": " + wrong.getFirst());
        }
    }
}

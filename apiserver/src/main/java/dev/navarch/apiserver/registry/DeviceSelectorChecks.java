package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.FieldPath;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.cel.CelFailure;
import dev.navarch.cel.DeviceSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether the selectors of device classes and claims compile, and can't take too much (source: kubernetes
 * pkg/apis/resource/validation/validation.go, validateCELSelector).
 */
final class DeviceSelectorChecks {
    private static final String GROUP = "resource.k8s.io";
    private static final int LONGEST = 10 * 1024;

    private final List<FieldError> errors = new ArrayList<>();

    private DeviceSelectorChecks() {}

    /** The rules of all kinds, with these checks in those of devices. */
    static KindRulesCatalogue with(KindRulesCatalogue rules) {
        return rules.with(GROUP, "DeviceClass", DeviceSelectorChecks::deviceClass)
                .with(GROUP, "ResourceClaim", DeviceSelectorChecks::claim)
                .with(GROUP, "ResourceClaimTemplate", DeviceSelectorChecks::template);
    }

    private static List<FieldError> deviceClass(ObjectNode now, Optional<ObjectNode> old) {
        var checks = new DeviceSelectorChecks();
        if (changed(now, old)) {
            checks.selectors(Tree.at(now, "spec"), FieldPath.of("spec"));
        }
        return checks.errors;
    }

    private static List<FieldError> claim(ObjectNode now, Optional<ObjectNode> old) {
        var checks = new DeviceSelectorChecks();
        if (changed(now, old)) {
            checks.requests(
                    Tree.at(now, "spec", "devices"), FieldPath.of("spec").child("devices"));
        }
        return checks.errors;
    }

    private static List<FieldError> template(ObjectNode now, Optional<ObjectNode> old) {
        var checks = new DeviceSelectorChecks();
        if (changed(now, old)) {
            checks.requests(
                    Tree.at(now, "spec", "spec", "devices"),
                    FieldPath.of("spec").child("spec").child("devices"));
        }
        return checks.errors;
    }

    /** What was taken once is taken again. */
    private static boolean changed(ObjectNode now, Optional<ObjectNode> old) {
        return old.filter(before -> Tree.at(before, "spec").equals(Tree.at(now, "spec")))
                .isEmpty();
    }

    private void requests(JsonNode devices, FieldPath path) {
        var requests = Tree.objects(devices, "requests");
        for (int i = 0; i < requests.size(); i++) {
            var at = path.child("requests").index(i);
            selectors(Tree.at(requests.get(i), "exactly"), at.child("exactly"));
            var alternatives = Tree.objects(requests.get(i), "firstAvailable");
            for (int j = 0; j < alternatives.size(); j++) {
                selectors(alternatives.get(j), at.child("firstAvailable").index(j));
            }
        }
    }

    private void selectors(JsonNode of, FieldPath path) {
        var selectors = Tree.objects(of, "selectors");
        for (int i = 0; i < selectors.size(); i++) {
            if (Tree.has(selectors.get(i), "cel")) {
                expression(
                        Tree.text(selectors.get(i), "cel", "expression"),
                        path.child("selectors").index(i).child("cel").child("expression"));
            }
        }
    }

    private void expression(String text, FieldPath path) {
        if (text.length() > LONGEST) {
            return; // that is somebody else's complaint
        }
        try {
            if (DeviceSelector.compile(text).worstCost() > DeviceSelector.MOST_COST) {
                errors.add(FieldError.forbidden(path.toString(), "too complex, exceeds cost limit"));
            }
        } catch (CelFailure e) {
            errors.add(FieldError.invalid(path.toString(), text, e.getMessage()));
        }
    }
}

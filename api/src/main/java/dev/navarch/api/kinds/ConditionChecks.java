package dev.navarch.api.kinds;

import dev.navarch.api.values.Names;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Conditions in the form that all newer kinds share.
 *
 * <p>Source: apimachinery pkg/apis/meta/v1/validation/validation.go (ValidateConditions).
 */
final class ConditionChecks {
    static final List<String> STATUSES = List.of("False", "True", "Unknown");
    private static final int LONGEST_REASON = 1024;
    private static final int LONGEST_MESSAGE = 32 * 1024;

    private ConditionChecks() {}

    static void check(At conditions, Problems problems) {
        Set<String> types = new HashSet<>();
        for (At condition : conditions.items()) {
            At type = condition.at("type");
            if (!types.add(type.text())) {
                problems.duplicate(type, type.text());
            }
            problems.grammar(type, Names::qualifiedName);
            At status = condition.at("status");
            if (!STATUSES.contains(status.text())) {
                problems.notSupported(status, status.text(), STATUSES);
            }
            if (condition.at("observedGeneration").number() < 0) {
                problems.invalid(condition.at("observedGeneration"), "must be greater than or equal to zero");
            }
            if (condition.at("lastTransitionTime").isEmpty()) {
                problems.required(condition.at("lastTransitionTime"), "must be set");
            }
            At reason = condition.at("reason");
            if (reason.isEmpty()) {
                problems.required(reason, "must be set");
            } else {
                problems.grammar(reason, Names::conditionReason);
                problems.notLonger(reason, LONGEST_REASON);
            }
            problems.notLonger(condition.at("message"), LONGEST_MESSAGE);
        }
    }
}

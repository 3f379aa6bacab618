package dev.navarch.controllers.job;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** When some successes are enough. source: kubernetes pkg/controller/job/success_policy.go. */
final class SuccessPolicies {
    private SuccessPolicies() {}

    /** @param succeeded the indexes that have */
    static Optional<JobPlan.Outcome> outcome(Job job, SortedSet<Integer> succeeded) {
        var policy = job.getSpec().getSuccessPolicy();
        if (policy == null || !JobPlan.isIndexed(job)) {
            return Optional.empty();
        }
        for (int i = 0; i < policy.getRules().size(); i++) {
            var rule = policy.getRules().get(i);
            SortedSet<Integer> relevant = new TreeSet<>(succeeded);
            int enough;
            if (rule.getSucceededIndexes() == null) {
                enough = JobPlan.orZero(rule.getSucceededCount());
            } else {
                var required = Indexes.parse(
                        rule.getSucceededIndexes(), JobPlan.orZero(job.getSpec().getCompletions()));
                relevant.retainAll(required);
                enough = rule.getSucceededCount() == null ? required.size() : rule.getSucceededCount();
            }
            if (relevant.size() >= enough) {
                return Optional.of(new JobPlan.Outcome(true, "SuccessPolicy", "Matched rules at index " + i));
            }
        }
        return Optional.empty();
    }
}

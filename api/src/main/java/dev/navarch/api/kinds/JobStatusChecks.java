package dev.navarch.api.kinds;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How the status of a job may change, whoever manages it. Most rules only hold for what the update changes, so that a
 * status from before the rules can still be worked with.
 *
 * <p>Source: kubernetes pkg/apis/batch/validation/validation.go (validateJobStatus, ValidateJobStatusUpdate),
 * pkg/registry/batch/job/strategy.go (getStatusValidationOptions).
 */
final class JobStatusChecks {
    private static final List<String> FINAL = List.of("Failed", "Complete", "FailureTarget");

    private final At job;
    private final At status;
    private final At before;
    private final Problems problems;

    private JobStatusChecks(At job, At old, Problems problems) {
        this.job = job;
        this.status = job.at("status");
        this.before = old.at("status");
        this.problems = problems;
    }

    static void check(At now, At old, Problems problems) {
        JobStatusChecks checks = new JobStatusChecks(now, old, problems);
        checks.counts();
        checks.conditions();
        checks.completionTime();
        checks.outcome();
        checks.finished();
        checks.indexes();
        checks.criteria();
        checks.transition();
    }

    private boolean has(String condition) {
        return has(status, condition);
    }

    private static boolean has(At status, String condition) {
        for (At one : status.at("conditions").items()) {
            if (one.at("type").is(condition) && one.at("status").is("True")) {
                return true;
            }
        }
        return false;
    }

    private boolean gained(String... conditions) {
        for (String condition : conditions) {
            if (has(status, condition) != has(before, condition)) {
                return true;
            }
        }
        return false;
    }

    private boolean changed(String... fields) {
        for (String field : fields) {
            if (!Trees.same(status.at(field).node(), before.at(field).node())) {
                return true;
            }
        }
        return false;
    }

    private boolean isFinished() {
        return has("Complete") || has("Failed");
    }

    private boolean finishedChanged() {
        return isFinished() != (has(before, "Complete") || has(before, "Failed"));
    }

    private boolean isIndexed() {
        return job.at("spec", "completionMode").is("Indexed");
    }

    private void wrongConditions(String why) {
        problems.invalidUnshown(status.at("conditions"), why);
    }

    private void counts() {
        for (String count : List.of("active", "succeeded", "failed", "ready", "terminating")) {
            problems.notNegative(status.at(count));
        }
        Set<String> seen = new HashSet<>();
        for (String outcome : List.of("succeeded", "failed")) {
            for (At uid : status.at("uncountedTerminatedPods", outcome).items()) {
                if (uid.isEmpty()) {
                    problems.invalid(uid, "must not be empty");
                } else if (!seen.add(uid.text())) {
                    problems.duplicate(uid, uid.text());
                }
            }
        }
    }

    private void conditions() {
        if (gained("Complete", "Failed") && has("Complete") && has("Failed")) {
            wrongConditions("cannot set Complete=True and Failed=true conditions");
        }
        if (gained("Complete", "FailureTarget") && has("Complete") && has("FailureTarget")) {
            wrongConditions("cannot set Complete=True and FailureTarget=true conditions");
        }
    }

    private void completionTime() {
        At completed = status.at("completionTime");
        if (gained("Complete") || changed("completionTime")) {
            if (completed.isSet() && !has("Complete")) {
                problems.invalid(completed, "cannot set completionTime when there is no Complete=True condition");
            }
            if (!completed.isSet() && has("Complete")) {
                problems.required(completed, "completionTime is required for Complete jobs");
            }
        }
        if (changed("startTime", "completionTime")) {
            Optional<OffsetDateTime> start = time(status.at("startTime"));
            Optional<OffsetDateTime> end = time(completed);
            if (start.isPresent() && end.isPresent() && end.get().isBefore(start.get())) {
                problems.invalid(completed, "completionTime cannot be set before startTime");
            }
        }
    }

    private static Optional<OffsetDateTime> time(At at) {
        try {
            return at.isEmpty() ? Optional.empty() : Optional.of(OffsetDateTime.parse(at.text()));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    private void outcome() {
        if (gained("Failed", "FailureTarget") && has("Failed") && !has("FailureTarget")) {
            wrongConditions("cannot set Failed=True condition without the FailureTarget=true condition");
        }
        if (gained("Complete", "SuccessCriteriaMet") && has("Complete") && !has("SuccessCriteriaMet")) {
            wrongConditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
        }
    }

    private void finished() {
        boolean ends = finishedChanged();
        boolean finished = isFinished();
        At active = status.at("active");
        if ((ends || changed("active")) && finished && active.number() > 0) {
            problems.invalid(active, "active>0 is invalid for finished job");
        }
        At completions = job.at("spec", "completions");
        boolean neverRan = job.at("spec", "suspend").isTrue() && completions.isSet() && completions.number() == 0;
        if ((ends || changed("startTime"))
                && !neverRan
                && finished
                && !status.at("startTime").isSet()) {
            problems.required(status.at("startTime"), "startTime is required for finished job");
        }
        At uncounted = status.at("uncountedTerminatedPods");
        int left = uncounted.at("succeeded").size() + uncounted.at("failed").size();
        if ((ends || changed("uncountedTerminatedPods")) && finished && left > 0) {
            problems.invalid(uncounted, "uncountedTerminatedPods needs to be empty for finished job");
        }
    }

    private void indexes() {
        At completed = status.at("completedIndexes");
        At failed = status.at("failedIndexes");
        boolean counted = job.at("spec", "completions").isSet();
        boolean perIndex = job.at("spec", "backoffLimitPerIndex").isSet();
        long completions = job.at("spec", "completions").number();
        JobIndexes done = JobIndexes.of(completed.text(), completions);
        JobIndexes gone = JobIndexes.of(failed.text(), completions);
        boolean newDone = changed("completedIndexes");
        boolean newGone = changed("failedIndexes");
        if (newDone && counted) {
            done.complaint()
                    .ifPresent(
                            complaint -> problems.invalid(completed, "error parsing completedIndexes: " + complaint));
        }
        if (newGone && counted && perIndex) {
            gone.complaint()
                    .ifPresent(complaint -> problems.invalid(failed, "error parsing failedIndexes: " + complaint));
        }
        if (newDone && !completed.isEmpty() && !isIndexed()) {
            problems.invalid(completed, "cannot set non-empty completedIndexes when non-indexed completion mode");
        }
        if (newGone && failed.isSet() && !perIndex) {
            problems.invalid(failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
        }
        OptionalLong both = counted && (newDone || newGone) ? done.overlap(gone) : OptionalLong.empty();
        if (both.isPresent()) {
            problems.invalid(failed, "failedIndexes and completedIndexes overlap at index: " + both.getAsLong());
        }
    }

    private void criteria() {
        At terminating = status.at("terminating");
        if ((finishedChanged() || changed("terminating")) && isFinished() && terminating.number() > 0) {
            problems.invalid(terminating, "terminating>0 is invalid for finished job");
        }
        At ready = status.at("ready");
        if (changed("ready", "active")
                && ready.isSet()
                && ready.number() > status.at("active").number()) {
            problems.invalid(ready, "cannot set more ready pods than active");
        }
        if (has("SuccessCriteriaMet") && has("Failed")) {
            wrongConditions("cannot set SuccessCriteriaMet=True and Failed=true conditions");
        }
        if (has("SuccessCriteriaMet") && has("FailureTarget")) {
            wrongConditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
        }
        if (job.at("spec", "successPolicy").isSet() && has("Complete") && !has("SuccessCriteriaMet")) {
            wrongConditions("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
        }
    }

    private void transition() {
        for (String condition : FINAL) {
            if (has(before, condition) && !has(condition)) {
                wrongConditions("cannot disable the terminal " + condition + "=True condition");
            }
        }
        if (status.at("failed").number() < before.at("failed").number()) {
            problems.invalid(status.at("failed"), status.at("failed").number(), "cannot decrease the failed counter");
        }
        At completions = job.at("spec", "completions");
        boolean elastic = isIndexed()
                && Trees.same(completions.node(), job.at("spec", "parallelism").node());
        if (!elastic && status.at("succeeded").number() < before.at("succeeded").number()) {
            problems.invalid(
                    status.at("succeeded"), status.at("succeeded").number(), "cannot decrease the succeeded counter");
        }
        At completed = status.at("completionTime");
        if (completed.isSet() && before.at("completionTime").isSet() && changed("completionTime")) {
            problems.invalid(completed, "completionTime cannot be mutated");
        }
        if (before.at("startTime").isSet()
                && changed("startTime")
                && !job.at("spec", "suspend").isTrue()) {
            problems.required(status.at("startTime"), "startTime cannot be removed for unsuspended job");
        }
        if (has(before, "SuccessCriteriaMet") && !has("SuccessCriteriaMet")) {
            wrongConditions("cannot disable the SuccessCriteriaMet=True condition");
        }
        if (has(before, "Complete") && !has(before, "SuccessCriteriaMet") && has("SuccessCriteriaMet")) {
            wrongConditions("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
        }
    }
}
